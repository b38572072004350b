"""What replanning did, for the terminal."""

from care.actions import Replanned


def in_words(done: Replanned) -> str:
    return (
        f"新计划 {done.started}，结束 {done.ended}，改期 {done.moved}，换团队 {done.retargeted}，"
        f"暂停 {done.paused}，恢复 {done.resumed}；新任务 {done.opened} 项，取消任务 {done.cancelled} 项"
    )
