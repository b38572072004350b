"""What may be done at home and what is told before (S1-8, S3-16, S4-10)."""

from datetime import date, timedelta

# Signs of an emergency. With any of them nobody is given an appointment: the ambulance is called.
EMERGENCIES = {
    "consciousness": "昏迷、叫不醒或突然说不清话",
    "chest": "胸痛、胸闷不缓解",
    "breath": "呼吸困难、口唇发紫",
    "bleeding": "大量出血",
    "stroke": "突然一侧手脚无力、口角歪斜",
    "seizure": "抽搐不止",
    "trauma": "严重外伤、骨折或高处跌落",
    "poison": "中毒、服错大量药物",
    "high_fever": "高热伴精神差",
}
EMERGENCY = "这是急症，签约服务不包含急救：请让家属立即拨打 120，不要等待上门；同时告知签约医生。"

ORDER_RISKS = (
    "上门服务在家中进行，设备、药品和抢救条件不如医疗机构，病情突然变化时可能来不及处置。\n"
    "上门服务可能出现出血、感染、药物过敏、跌倒等意外，医务人员会按操作规范尽力避免。\n"
    "上门服务不包含急救。出现昏迷、胸痛、呼吸困难、大量出血等情况，请立即拨打 120。\n"
    "请如实说明病情、用药和过敏史；服务时须有一位成年家属在场（本人能自理的除外）。\n"
    "上门服务按约定收费，医疗保险和长期护理保险按当地规定。"
)
BED_RISKS = (
    "家庭病床适合病情稳定、需要连续治疗的居民；病情加重时要及时转到医院，医务人员会协助。\n"
    "家中没有病房的监护和抢救条件，病情突然变化时可能来不及处置；出现急症请立即拨打 120。\n"
    "家属负责日常照料、按时服药和观察病情，有异常及时联系管床医生。\n"
    "治疗和护理可能出现出血、感染、压疮、药物过敏、跌倒等意外，医务人员会按操作规范尽力避免。\n"
    "费用按规定收取，医疗保险和长期护理保险按当地规定；居民可以随时要求撤床。"
)


def next_round(last: date, days: int) -> date:
    """The last day on which the next round is in time."""
    return last + timedelta(days=days)
