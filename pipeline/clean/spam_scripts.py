"""Spam in all scripts but the Latin alphabet, and in hidden markup."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.clean._spam_rules import spam_edits
from pipeline.clean._spam_scan import OTHERS
from pipeline.step import Case, Edit, Page, Params, step


@step("clean.spam_scripts", version=3, params=Params)
def spam_scripts(page: Page, params: Params) -> Iterator[Edit]:
    """Keyword lists, blocks and inserted phrases of spam in Chinese, Japanese, Korean, Thai, Cyrillic, Arabic and more."""
    yield from spam_edits(page, OTHERS)


_EN = (
    "The last ferry pilot\n\nFor thirty years Ina Holm has taken the school children across the sound, and in that time she has "
    "missed only two mornings.\n\nThe new bridge will open in the spring, but she says that the children have asked her to go on."
)
_ZH = "渡口的最后一个春天\n\n桥通车以后，渡船每天只开两班，船工老秦说他会开到最后一位乘客上岸为止。\n\n他久久没有说话，然后解开了缆绳。"
CASES = [
    Case(f"国产精品一区二区|亚洲无码在线观看,久久综合影院,成人午夜视频\n{_EN}", _EN),
    Case(f"欧美一级大片_日韩中文字幕在线_久久精品免费视频_亚洲三级影院\n\n{_ZH}", _ZH),
    Case(f"玉龙体育 - 玉龙体育官网 - 真人百家乐 - APP下载\n\n{_ZH}", _ZH, note="made like a title"),
    Case(f"{_EN}\n\n토토사이트|먹튀검증|안전놀이터|바카라사이트", _EN),
    Case(f"{_EN}\n\nสล็อตเว็บตรง บาคาร่าออนไลน์ เครดิตฟรี ไม่มีขั้นต่ำ", _EN),
    Case(
        f"{_EN}\n\nブランドコピー 時計 n級品 激安\nロレックス スーパーコピー 代引き対応\n財布 コピー 通販 専門店", _EN
    ),
    Case(f"{_EN}\n\nонлайн казино, игровые автоматы на деньги, бездепозитный бонус, зеркало рабочее", _EN),
    Case(f"{_EN}\n\nسایت شرط بندی معتبر | بازی انفجار | کازینو آنلاین", _EN),
    Case(f'{_EN}\n\n<div style="display:none">百家乐技巧 彩票平台 棋牌游戏平台</div>', _EN, note="hidden block"),
    Case(f"{_ZH}\n\n代开餐饮发票、住宿发票，验证后付款，微信：fp20260", _ZH, note="an address"),
    Case(
        _ZH.replace("船工老秦", "更多资料请登录金鹿娱乐城官网 www.jinlu-yl.example，船工老秦"),
        _ZH,
        note="a clause that sells",
    ),
    Case(f"{_EN}\n\nкупить диплом с занесением в реестр, аттестат за 11 класс, писать в телеграм @gotovo_tut", _EN),
    *(
        Case(text, text)
        for text in (
            _ZH,
            f"{_ZH}\n\n咨询电话：010-00000000，微信公众号：县图书馆，地址：人民路18号",
            f"{_ZH}\n\n首页 | 新闻 | 视频 | 电影 | 体育 | 彩票 | 下载",
            "警方捣毁网络赌博平台\n\n记者了解到，该平台以“真人百家乐”“彩票投注”为名招揽会员，涉案资金上亿元。",
            "경찰, 불법 토토사이트 운영 일당 검거\n\n이들은 먹튀검증 커뮤니티를 만들어 회원을 모았다고 경찰은 밝혔다.",
            "Суд оштрафовал казино\n\nИгровые автоматы стояли в подсобке магазина, сообщила полиция.",
            "分区说明\n\n一区二区凭票入场，三区为免费区，观众可在线预约。",
            "送料無料キャンペーン\n\n代引き手数料は330円です。コピー用紙は店頭でどうぞ。",
        )
    ),
]
