"""The whole story in its order."""

from pathlib import Path
from random import Random

from fieldsync.demo.phone import Refused
from fieldsync.demo.story import album, apart, back, cast, proof, review
from fieldsync.demo.story.narrator import Narrator
from fieldsync.demo.story.server import NoServer

ACTS = (
    apart.take_down, apart.go_offline, apart.meanwhile, back.hand_in, back.upload, review.approve,
    review.send_back, review.decide, proof.show_move, review.close, proof.prove,
)  # fmt: skip


def tell(url: str, photos: Path | None = None, seed: int = 1, language: str = "") -> bool:
    """Play the story against a server; return whether any promise was broken."""
    narrator = Narrator(language)
    narrator.show("服务器", "the server", url)
    try:
        players = cast.assemble(url, narrator, Random(seed))  # noqa: S311 (chance that can be repeated)
        for act in ACTS:
            act(players)
        if photos is not None:
            album.send(players, photos)
    except NoServer:
        raise
    except Refused as refused:
        told = refused.problem.get("type"), refused.problem.get("reason"), refused.problem.get("title")
        narrator.promise("故事能讲到结尾", "the story comes to its end", False, (refused.status, *told))
    except Exception as error:  # a server that breaks its promises may answer anything
        narrator.promise("故事能讲到结尾", "the story comes to its end", False, f"{type(error).__name__}: {error}")
    return narrator.sum_up()
