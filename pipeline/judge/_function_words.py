"""Function words: articles, conjunctions, prepositions and the like, which running text of a language cannot do without.

The English list begins with the eight stop words of Gopher (Rae et al. 2021, section A.1.1); the first eight of every
other language are their nearest counterparts. Where a language writes no spaces between words a single character stands
for a word. Compiled by hand; a language whose function words are all attached to other words has no list.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipeline.judge._scan import word_key

WORDS = {
    "en": "the be to of and that have with a in is it for on was as are by this from at or not but an which they he she we you",
    "de": "der die und in zu den das mit von ist im auf für nicht ein eine des dem sich auch als an es bei aus nach sie wird wie hat",
    "nl": "de het een van en in te dat is op met voor zijn niet aan er die om ook als maar door bij naar uit over nog worden",
    "sv": "och i att en som det är av den på för med till inte har de om ett men var sig från så kan när också efter",
    "da": "og i at en er det til af den på for med der ikke som de har et om men var sig fra så kan også efter ved",
    "no": "og i å en er det til av på for med som ikke at den de har et om men var seg fra så kan også etter ved",
    "nb": "og i å en er det til av på for med som ikke at den de har et om men var seg fra så kan også etter ved",
    "nn": "og i å ein er det til av på for med som ikkje at den dei har eit om men var seg frå så kan også etter ved",
    "is": "og í að er á sem til um en við það var af með fyrir ekki hann hún þetta svo eru frá hafa verið",
    "fr": "le de et la les des en que un une du est pour dans il au qui par sur plus ne pas se ce avec sont cette ou ont",
    "es": "el de la que y en los un a se del las por con una no es para su al lo como más pero sus o este fue",
    "pt": "o de a que e do da em um os no se na por para com uma não é as mais dos como ao foi mas das ou",
    "it": "il di e che la in un per è non del una le i con da si della al sono a come più ma nel dei alla ha anche",
    "ro": "de și în a la cu pe să un o care nu din este mai pentru ce sunt au fost dar lui sau ca prin după",
    "ca": "el de la i que en a les els un per amb una del és no al es més dels va com però ha o són",
    "gl": "o de a que e en do da os un as no para por con unha se na máis non ao como é foi pero ou",
    "pl": "w i na z do się nie to że jest o jak po za od przez co dla a są ale był tym czy jego może przy",
    "cs": "a v na se je že s z do to o i ve za pro jako po jsou by k ale byl od který jeho však při podle",
    "sk": "a v na sa je že s z do to o aj vo za pre ako po sú by k ale bol od ktorý jeho však pri podľa",
    "sl": "in v je na da se za so z ki pa s tudi po ne kot bi od ali iz pri še bil do ter",
    "hr": "i u je na se da za su od s o što a kao iz do nije ili koji ne će te po bi ali",
    "bs": "i u je na se da za su od s o što a kao iz do nije ili koji ne će te po bi ali",
    "sr": "и у је на се да за су од с о што а као из до није или који не ће те по би али",
    "bg": "и на в за от да се с по е са че не като до това но ще при към беше или след",
    "mk": "и на во за од да се со по е не дека ќе што до како но ги го при или",
    "ru": "и в не на что с по он как это из к но за а у же от о для так был было все или бы до",
    "uk": "і в не на що з та у до як за це про але від для по а був було або також він вона",
    "be": "і ў не на што з у да як за гэта па але ад для а быў ці яго каб таксама",
    "el": "και το να του η της με που από για τα την ο τον στο είναι οι των θα δεν σε στην αυτό τους",
    "sq": "të e dhe në i për me një që nga është së ka më si do nuk janë por kjo ai ky",
    "hu": "a az és hogy nem is egy ez volt van meg de csak már mint ha sem vagy azt még el ki",
    "fi": "ja on ei että se oli hän myös ovat kun mutta joka kuin niin tai sen ole jo mukaan ovat",
    "et": "ja on ei et see oli ta ka aga kui mis nii või oma kes tema seda selle mida veel pärast",
    "lv": "un ir ar no par uz ka tas kas arī lai bet kā vai pēc nav tika gan jau",
    "lt": "ir yra į su kad iš tai bet kaip o ne už apie nuo po dėl buvo jis ar taip",
    "tr": "ve bir bu için de da ile olarak çok daha olan ne gibi kadar sonra ama en ya her o",
    "az": "və bir bu üçün ilə da də olan ki daha kimi çox sonra hər isə o ən amma",
    "id": "yang dan di dengan untuk ini itu dari pada tidak dalam akan ke juga adalah oleh telah atau karena sebagai bisa",
    "ms": "yang dan di dengan untuk ini itu dari pada tidak dalam akan ke juga adalah oleh telah atau kerana sebagai boleh",
    "tl": "ang ng sa na at mga ay ito para si ni hindi kung nang may niya siya o din rin",
    "vi": "và của là các có được trong cho một không với những người khi này đã từ đến để ở cũng ra về như",
    "sw": "na ya wa kwa ni la za katika kuwa cha hiyo huo hii au pia lakini kama yake baada",
    "af": "die en van in is het nie om te dat met vir op wat as by was sy hulle maar aan",
    "cy": "y yn i a o ar yr am gan ei wedi oedd mae fel hefyd ond hyn eu ac",
    "ga": "an agus na i ar a le go do is ag bhí tá sé sin ó faoi ach nach",
    "eu": "eta da ez du bat ere izan dira dute baina den hori egin zen edo dela",
    "ar": "في من على أن إلى التي عن مع هذا الذي ما لا كان هذه و بعد كما بين قد أو ثم كل",
    "fa": "و در به از که این را با است برای آن یک بر خود تا هم شد می بود کرد های",
    "ur": "کے کی میں کا سے اور کو ہے نے پر یہ کہ ہیں بھی اس تھا جو ایک کر ان",
    "he": "של את על לא הוא עם זה גם כי היא או אבל יש כל אל היה אם אני מה רק",
    "hi": "के में की है और से का को पर ने कि एक यह हैं नहीं भी लिए तो था थे जो कर",
    "mr": "आणि आहे या हे की व तो ही ते होते नाही आहेत तर एक त्या हा पण मात्र",
    "bn": "এবং ও এই করে থেকে জন্য না যে তার একটি হয় এক সঙ্গে তিনি ছিল কিন্তু এর",
    "ta": "ஒரு என்று மற்றும் இந்த அந்த என இது அது என்ற மேலும் உள்ள இருந்து",
    "te": "ఈ ఒక మరియు ఆ అని కూడా నుండి ఉంది లో కోసం అతను అయితే",
    "ko": "이 그 및 수 있다 등 것 한 더 또 할 대한 있는 그리고 이런 위해 때 것이다",
    "zh": "的 了 是 在 和 有 不 这 我 他 也 就 人 为 与 对 到 而 说 都 這 為 與 對 說",
    "ja": "の に は を た が で と し て も な か ら",
}  # fmt: skip


@cache
def lookup() -> tuple[dict[str, int], NDArray[np.uint64], NDArray[np.uint8]]:
    """The row of each language, and for each row the keys and ranks of its words as `_scan.count` looks them up. The
    last row has no words: it is that of all other languages."""
    keys = np.zeros((len(WORDS) + 1, 256), np.uint64)
    ranks = np.zeros((len(WORDS) + 1, 256), np.uint8)
    for row, words in enumerate(WORDS.values()):
        for rank, word in enumerate(dict.fromkeys(words.split()), 1):
            key = word_key(word)
            place = key >> 32 & 255
            while ranks[row, place]:
                place = place + 1 & 255
            keys[row, place], ranks[row, place] = key, rank
    return {language: row for row, language in enumerate(WORDS)}, keys, ranks
