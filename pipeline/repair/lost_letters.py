"""Accented letters that became question marks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, product

from pydantic import Field
from simplemma import is_known

from pipeline.step import Case, Edit, Page, Params, step

# What a question mark may stand for, per language.
_LETTERS = {"fr": "éèêëàâçîïôûùüœ", "es": "áéíóúñü", "pt": "áâãàçéêíóôõú", "de": "äöüß", "it": "àèéìòù"}
# Words that lose their last vowel before another, and an apostrophe takes its place.
_ELIDED = {
    "fr": re.compile(r"(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quelqu)\?(?=[\w?])", re.IGNORECASE),
    "it": re.compile(r"(?:[cdlmst]|un|all|dell|nell|sull|dall|quell)\?(?=[\w?])", re.IGNORECASE),
}
_VOWEL = re.compile(r"[aeiouyhàâäéèêëîïôöùûüœ]", re.IGNORECASE)

# Names of languages and countries as sites write them in their menus, and very common words per language. A word is
# used only if no other word of its list has the same letters with question marks in the same places.
_LANGUAGE_NAMES = "Français Español Português Türkçe Čeština Slovenčina Română Íslenska Azərbaycan Català Galego Føroyskt Lëtzebuergesch Brasileño Française Française México França"
_WORDS = {
    "fr": """
était étaient étant étais après année années été même mêmes très où déjà élève élèves école écoles président présidente république général générale
gouvernement ministère santé sécurité société développement économie économique européen européenne européens étude études étudiants
état états père mère frère être êtes première premières dernière dernières manière matière système problème problèmes célèbre siècle
siècles région régions création création équipe équipes époque résultat résultats réseau réseaux réponse téléphone télévision qualité
quartier réalité vérité liberté égalité fraternité université activité activités différents différentes présent présenté présentés
présentation intérêt intérêts fenêtre fenêtres tête têtes fête fêtes forêt forêts hôpital hôpitaux hôtel côté côtés bientôt plutôt
contrôle rôle drôle français française françaises leçon façon garçon garçons reçu déçu ça voilà décembre février août Noël coût coûts dès
près très côte château châteaux église églises marché marchés thé café cafés musée musées créé créée métier métiers mètres
kilomètres élection élections député députés éducation énergie événement événements médecin médecins pièce pièces scène scènes carrière lumière
rivière frontière prière colère misère modèle modèles fidèle élégant éternel régime régional décision décisions début détail détails dépense
Méditerranée Algérie Sénégal Québec Montréal Genève Nîmes
""",
    "es": """
años año niño niños niña niñas España español española españoles señor señora mañana pequeño pequeña montaña compañía campaña
fábrica fábricas página páginas difícil difíciles fácil fáciles jóvenes joven crédito jardín habitación estación decisión televisión
comisión reunión opinión comunicación construcción producción dirección organización participación investigación solución
también más aquí allí día días país países después según sólo así además través sección información educación situación
población nación relación atención región canción elección elecciones económico económica político política públicos público pública
número teléfono música médico médicos histórico histórica último última últimos México Perú Panamá Bogotá árbol fútbol línea líneas
""",
    "pt": """
câmara município municípios prédio comércio negócio negócios século séculos música escritório dúvida polícia notícia notícias ministério
não são então também você vocês está até já há será português portuguesa educação situação informação população região nação
atenção relação produção eleição eleições ações coração mão irmão cidadão avião São João José história histórico política
público pública número possível possíveis próximo próxima último última após além através época água área família crianças criança
""",
    "de": """
für über können müssen während größer große großen großes Straße Straßen heißt weiß muß schön schöne hören gehört gehören
natürlich zurück führen Führung früh früher Frühling grün grüne fünf zwölf Tür Türen Bürger Bürgermeister Bürgerinnen
Österreich österreichische öffentlich öffentliche öffentlichen Köln München Zürich Düsseldorf Universität Qualität Präsident
ähnlich ändern Änderung Länder Städte täglich Gespräch Verhältnis möglich möglicherweise möchte möchten würde würden wäre wären hätte hätten
""",
    "it": """
perché così più già città università attività qualità società libertà verità possibilità può metà né
""",
}


def _question(word: str) -> str:
    return "".join(char if char < "\x80" else "?" for char in word)


def _lexicon(words: str) -> dict[str, str]:
    spellings: dict[str, set[str]] = defaultdict(set)
    for word in words.split():
        for form in {word, word[0].upper() + word[1:]} if word[0] < "\x80" else {word}:
            spellings[_question(form)].add(form)
    # A word of one letter and marks may be anything.
    return {
        broken: min(forms)
        for broken, forms in spellings.items()
        if len(forms) == 1 and broken.count("?") < len(broken) / 2
    }


_NAMES = _lexicon(_LANGUAGE_NAMES)
_LEXICONS = {language: _lexicon(words) for language, words in _WORDS.items()}
_BROKEN = re.compile(r"(?<![\w?/=&.])\w*(?:(?<=\w)\?|\?(?=\w))(?:\w*(?:(?<=\w)\?(?=\w)))*\w+(?![\w?=/])")
# The same with marks anywhere but alone, as many as three: for the lexicon. A mark at the end of a word counts only where
# the sentence goes on in lower case, as it does not behind a question.
_WITH_MARKS = re.compile(r"(?<![\w?/=&.])(?=[\w?]{3,40}(?![\w?=/]))(?:\w*\?){1,3}(?:\w+|(?= [a-zà-ÿœ]))(?![\w?=/])")
_SENTENCE_START = re.compile(r"(?:^|[.!?:] )[«„“\"]?\Z")
_URL = re.compile(r"\w/\S*\?|\?\w+=|://")


class LostLetters(Params):
    """When words other than the names of languages are mended."""

    min_words: int = Field(
        3, description="known broken words that the page must have before any but a language's name is mended"
    )


@step("repair.lost_letters", version=3, params=LostLetters, gate=r"\?\pL")
def lost_letters(page: Page, params: LostLetters) -> Iterator[Edit]:
    """Restores accented letters that became question marks, where a lexicon leaves one reading: Fran?ais, apr?s.

    Names of languages everywhere. On pages that lost letters throughout, in French, Spanish, Portuguese, German or
    Italian: common words, and whatever the word forms of the lemmatiser simplemma (Adrien Barbaresi, MIT) leave one
    reading for. A word with two readings, or none, keeps its question marks.
    """
    found = [
        (i, broken.start(), broken[0])
        for i, line in enumerate(page.lines)
        if "?" in line and not _URL.search(line)
        for broken in _BROKEN.finditer(line)
    ]
    if not found:
        return
    known = {language: {word for _, _, word in found if word in words} for language, words in _LEXICONS.items()}
    language = max(known, key=lambda name: len(known[name]))
    if len(known[language]) < params.min_words:
        for i, start, broken in found:
            yield from _letters(page, i, start, broken, _NAMES.get(broken))
        return
    for i, line in enumerate(page.lines):
        if "?" in line and not _URL.search(line):
            for match in _WITH_MARKS.finditer(line):
                word = _restored(match[0], language)
                if word and match[0][0] == "?" and _SENTENCE_START.search(line[: match.start()][-4:]):
                    word = word[0].upper() + word[1:]
                yield from _letters(page, i, match.start(), match[0], word)


def _letters(page: Page, i: int, start: int, broken: str, word: str | None) -> Iterator[Edit]:
    for k, char in enumerate(broken if word else ""):
        if char == "?" and word:
            yield page.cut(i, start + k, start + k + 1, word[k], "lost_letter", word)


def _restored(broken: str, language: str) -> str | None:
    """The one word of the language that this can be, letters for question marks one to one."""
    listed = _NAMES.get(broken) or _LEXICONS[language].get(broken)
    if listed and not (language == "de" and broken[0].isupper()):
        return listed
    readings = _words(broken, language)
    elided = _ELIDED[language].match(broken) if language in _ELIDED else None
    if elided:
        rest = broken[elided.end() :]
        readings += [
            f"{elided[0][:-1]}’{word}"
            for word in (_words(rest, language) if "?" in rest else [rest])
            if _VOWEL.match(word) and is_known(word.lower(), lang=language)
        ]
    # A capital in German may begin a noun as well as a sentence: M?chte is Möchte or Mächte.
    return listed if listed and readings in ([], [listed]) else readings[0] if len(readings) == 1 else None


def _words(broken: str, language: str) -> list[str]:
    listed = _LEXICONS[language].get(broken)
    if listed and not (language == "de" and broken[0].isupper()):
        return [listed]
    pieces = broken.split("?")
    if len(pieces) > 4 or sum(map(len, pieces)) < len(pieces):
        return []
    upper = broken.isupper() and len(broken) > 2
    words = []
    for letters in product(_LETTERS[language], repeat=len(pieces) - 1):
        word = "".join(chain.from_iterable(zip(pieces, letters, strict=False))) + pieces[-1]
        if is_known(word, lang=language) or is_known(word.lower(), lang=language):
            words.append(word.upper() if upper else word)
    return words


CASES = [
    Case("English | Fran?ais | Espa?ol | Portugu?s", "English | Français | Español | Português"),
    Case("Apr?s la f?te, tr?s tard, les ?l?ves de la r?gion", "Après la fête, très tard, les élèves de la région"),
    Case(
        "Apr?s la f?te, tr?s tard, les ?l?ves ont racont? l?histoire ? l?acad?mie d?Orl?ans",
        "Après la fête, très tard, les élèves ont raconté l’histoire ? l’académie d?Orl?ans",
        note="a word alone and a name have no one reading",
    ),
    Case("Les Zvorn?es de Br?liac sont partis", "Les Zvorn?es de Br?liac sont partis"),
    Case("Pourquoi?Parce que. Wer?Ich.", "Pourquoi?Parce que. Wer?Ich."),
    Case("https://portal.example/?a?o=1", "https://portal.example/?a?o=1"),
    Case("21.Re1? Qh4 22.Kf1?? a?b", "21.Re1? Qh4 22.Kf1?? a?b"),
]
