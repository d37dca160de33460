"""Cards, urgent texts and small talk."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from intents import examples as examples_room
from intents import knowledge as knowledge_room
from intents.checked import KnowledgeError
from intents.examples import HELD_OUT, Example
from intents.knowledge import Card, Knowledge, home, json_schema, load
from intents.text import prepare
from intents.types import BENIGN, LANGS, OTHER

TAXONOMY = (
    *("brushing", "pig_butchering", "fake_refund", "game_trade", "loan", "investment", "illegal_fundraising"),
    *("fake_shopping", "credit_record", "police_impersonation", "acquaintance_impersonation", "dating"),
    *("sextortion", "military_purchase", "tourism", "pastoral", "phishing", "other_scam"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of knowledge with two cards, to be broken."""
    for part in ("scams/other_scam", "scams/loan", "talk"):
        shutil.copytree(home() / part, tmp_path / part)
    return tmp_path


def broken(folder: Path, old: str, new: str) -> Path:
    """The loan card with one passage changed."""
    path = folder / "scams" / "loan" / "card.yaml"
    text = path.read_text(encoding="utf8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf8")
    return path


def line_of(path: Path, wanted: str) -> int:
    """The number (from 1) of the first line that has this."""
    lines = path.read_text(encoding="utf8").splitlines()
    return next(i for i, line in enumerate(lines, 1) if wanted in line)


def texts(value: Any) -> Iterator[str]:
    """Every text inside a structure."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from texts(part)


# ---- what is shipped -------------------------------------------------------------------------------


def test_every_type_of_the_taxonomy_has_a_card(knowledge: Knowledge) -> None:
    assert set(knowledge.cards) == set(TAXONOMY)


def test_every_type_of_the_taxonomy_has_examples(examples: list[Example]) -> None:
    assert {example.type for example in examples} == {*TAXONOMY, BENIGN}


def test_the_held_out_writers_cover_every_type_and_both_marks(examples: list[Example]) -> None:
    held = [example for example in examples if example.group in HELD_OUT]
    assert {example.type for example in held} == {*TAXONOMY, BENIGN}
    assert any(e.paid for e in held) and any(e.happening for e in held) and any(e.near for e in held)


def test_the_other_writers_cover_every_type_too(examples: list[Example]) -> None:
    assert {e.type for e in examples if e.group not in HELD_OUT} == {*TAXONOMY, BENIGN}


def test_a_hard_negative_names_a_type_and_is_ordinary_talk(examples: list[Example]) -> None:
    near = [example for example in examples if example.near]
    assert near
    assert {example.near for example in near} <= set(TAXONOMY)
    assert {example.type for example in near} == {BENIGN}


def test_ordinary_talk_is_never_paid_or_happening(examples: list[Example]) -> None:
    assert not [e.text for e in examples if e.type == BENIGN and (e.paid or e.happening)]


def test_no_text_stands_twice_with_different_types(examples: list[Example]) -> None:
    types: dict[str, set[str]] = {}
    for example in examples:
        types.setdefault(example.text, set()).add(example.type)
    assert [text for text, found in types.items() if len(found) > 1] == []


@pytest.mark.parametrize("type_id", TAXONOMY)
def test_every_contrast_names_another_card_that_exists(knowledge: Knowledge, type_id: str) -> None:
    for contrast in knowledge.cards[type_id].contrast:
        assert contrast.with_ in knowledge.cards and contrast.with_ != type_id


@pytest.mark.parametrize("type_id", TAXONOMY)
def test_every_card_says_where_its_facts_come_from_and_when_that_was_checked(
    knowledge: Knowledge, type_id: str
) -> None:
    sources = knowledge.cards[type_id].sources
    assert sources
    for source in sources:
        assert source.title and source.publisher
        assert date(2020, 1, 1) <= source.checked_on <= date(2100, 1, 1)


def test_the_urgent_texts_have_sources_too(knowledge: Knowledge) -> None:
    assert knowledge.urgent.sources and all(source.checked_on for source in knowledge.urgent.sources)


@pytest.mark.parametrize("type_id", TAXONOMY)
def test_no_card_shouts(knowledge: Knowledge, type_id: str) -> None:
    said = list(texts(knowledge.cards[type_id].model_dump(mode="json")))
    assert [text for text in said if re.search(r"[!！]\s*[!！]", text)] == []


def test_neither_urgent_texts_nor_talk_shout(knowledge: Knowledge) -> None:
    said = [*texts(knowledge.urgent.model_dump(mode="json"))]
    said += texts([line.model_dump() for line in knowledge.talk.lines.values()])
    assert [text for text in said if re.search(r"[!！]\s*[!！]", text)] == []


@pytest.mark.parametrize("type_id", TAXONOMY)
def test_every_card_leads_to_110_or_96110(knowledge: Knowledge, type_id: str) -> None:
    card = knowledge.cards[type_id]
    assert any("110" in step.zh for step in card.paid) and any("110" in step.en for step in card.paid)
    assert any("110" in step.zh for step in (*card.do_now, card.genuine))


@pytest.mark.parametrize("type_id", TAXONOMY)
def test_a_stage_is_told_by_its_id_and_the_last_has_none_after_it(knowledge: Knowledge, type_id: str) -> None:
    card = knowledge.cards[type_id]
    ids = [stage.id for stage in card.stages]
    assert len(ids) == len(set(ids))
    assert [card.stage(name) for name in ids] == list(card.stages)
    assert card.after(card.stages[-1]) is None and card.stage("no_such") is None
    if len(ids) > 1:
        assert card.after(card.stages[0]) is card.stages[1]


def test_the_furthest_stage_that_a_text_shows_counts(knowledge: Knowledge) -> None:
    card = knowledge.cards["loan"]
    text = prepare("无抵押贷款加我微信,后来说卡号填错被冻结,要交解冻费").value
    stage = card.stage_of(text)
    assert stage is not None and stage.id == "fee"
    assert card.stage_of("今天天气好") is None


@pytest.mark.parametrize("type_id", TAXONOMY)
def test_a_card_is_found_by_its_names_and_by_asking_what_it_is(knowledge: Knowledge, type_id: str) -> None:
    card = knowledge.cards[type_id]
    for name in (card.id, card.name.zh, card.name.en, f"什么是{card.name.zh}?", f"{card.name.zh}是什么"):
        assert knowledge.find(name) is card, name


def test_no_two_cards_go_by_one_name(knowledge: Knowledge) -> None:
    owners: dict[str, set[str]] = {}
    for card in knowledge.cards.values():
        for name in {card.name.zh, card.name.en.lower(), *(alias.lower() for alias in card.aliases)}:
            owners.setdefault(name, set()).add(card.id)
    assert {name: ids for name, ids in owners.items() if len(ids) > 1} == {}


def test_a_type_without_a_card_gets_the_general_one(knowledge: Knowledge) -> None:
    assert knowledge.card("made_by_an_officer").id == OTHER
    assert knowledge.find("今天天气") is None


def test_traditional_is_converted_and_english_is_its_own_text(knowledge: Knowledge) -> None:
    said = knowledge.cards["loan"].remember
    assert said.in_("zh") == said.zh and said.in_("en") == said.en
    assert said.in_("zh-Hant") == "放款之前先要錢，貸款一定是騙錢"


def test_every_line_can_be_filled_in_every_language(knowledge: Knowledge) -> None:
    values = dict.fromkeys(
        *[
            [
                *("name", "cue", "sign", "stage", "line", "next", "says", "genuine", "warning", "ask"),
                *("phone", "address"),
            ]
        ],
        "X",
    )
    for lang in LANGS:
        for key in knowledge.talk.lines:
            assert "{" not in knowledge.talk.line(key, lang, **values)


def test_the_schema_in_the_repository_is_that_of_the_code() -> None:
    stored = (home() / "card.schema.json").read_text(encoding="utf8")
    renew = "renew it: .venv/bin/fanzha schema > intents/card.schema.json"
    assert stored == json_schema(), renew


def test_the_schema_knows_every_field_of_a_card() -> None:
    schema = json.loads(json_schema())
    assert set(schema["properties"]) == set(Card.model_fields)
    assert schema["additionalProperties"] is False
    assert set(yaml.safe_load((home() / "scams/loan/card.yaml").read_text("utf8"))) <= set(
        schema["properties"]
    )


# ---- what is wrong is named ------------------------------------------------------------------------


def test_a_folder_of_two_cards_loads(folder: Path) -> None:
    assert set(load(folder).cards) == {"loan", "other_scam"}


def test_a_missing_field_is_named_with_file_and_line(folder: Path) -> None:
    path = broken(folder, "remember: {zh:", "remember: {zhh:")
    with pytest.raises(KnowledgeError) as error:
        load(folder)
    line = line_of(path, "remember: {zhh")
    assert f"{path} 第 {line} 行,remember.zh:缺少这一项" in str(error.value)
    assert f"{path} 第 {line} 行,remember.zhh:没有这一项" in str(error.value)


def test_an_unknown_field_is_named_with_its_line(folder: Path) -> None:
    path = broken(folder, "audience:", "audiense:")
    with pytest.raises(KnowledgeError) as error:
        load(folder)
    assert f"{path} 第 {line_of(path, 'audiense:')} 行,audiense:没有这一项" in str(error.value)


def test_a_field_of_the_wrong_kind_is_named_with_its_place_in_the_list(folder: Path) -> None:
    path = broken(folder, '  - {zh: "先别转钱，一分也别转。"', '  - {zh: [1], en2: "先别转钱"')
    with pytest.raises(KnowledgeError) as error:
        load(folder)
    assert f"{path} 第 {line_of(path, 'zh: [1]')} 行,do_now.0.zh:应该是文字" in str(error.value)


def test_a_wrong_pattern_is_named_with_its_line(folder: Path) -> None:
    path = broken(folder, "  - cue: '(卡号|账号", "  - cue: '((卡号|账号")
    with pytest.raises(KnowledgeError) as error:
        load(folder)
    message = str(error.value)
    assert f"{path} 第 {line_of(path, '((卡号')} 行,signs.1.cue:正则表达式写错了" in message


def test_a_pattern_that_matches_nothing_is_refused(folder: Path) -> None:
    broken(folder, "  - cue: '(卡号|账号", "  - cue: '|(卡号|账号")
    with pytest.raises(KnowledgeError, match="空文字"):
        load(folder)


def test_bad_yaml_is_named_with_its_line(folder: Path) -> None:
    path = broken(folder, "aliases: [", "aliases: [[")
    with pytest.raises(KnowledgeError, match=r"第 \d+ 行.*YAML 写法不对") as error:
        load(folder)
    assert str(path) in str(error.value)


def test_a_yaml_tag_is_refused_and_runs_nothing(folder: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    broken(folder, "id: loan", f"id: !!python/object/apply:pathlib.Path.mkdir [{mark}]")
    with pytest.raises(KnowledgeError):
        load(folder)
    assert not mark.exists()


def test_an_impossible_date_is_named_with_its_file(folder: Path) -> None:
    path = broken(folder, "checked_on: 2026-11-24", "checked_on: 2026-13-45")
    with pytest.raises(KnowledgeError) as error:
        load(folder)
    assert re.search(rf"{re.escape(str(path))} 第 \d+ 行,sources\.\d+\.checked_on:日期不对", str(error.value))


def test_a_file_that_is_not_utf8_is_named(folder: Path) -> None:
    path = folder / "scams" / "loan" / "card.yaml"
    path.write_bytes(path.read_text(encoding="utf8").encode("gb18030"))
    with pytest.raises(KnowledgeError) as error:
        load(folder)
    assert str(path) in str(error.value)


def test_an_empty_card_is_refused_in_words(folder: Path) -> None:
    path = folder / "scams" / "loan" / "card.yaml"
    path.write_text("", encoding="utf8")
    with pytest.raises(KnowledgeError) as error:
        load(folder)
    assert f"{path} 第 1 行,整个文件" in str(error.value)


def test_a_card_must_be_named_like_its_folder(folder: Path) -> None:
    path = broken(folder, "id: loan", "id: lone")
    with pytest.raises(KnowledgeError) as error:
        load(folder)
    assert str(path) in str(error.value) and "lone" in str(error.value) and "loan" in str(error.value)


def test_the_general_card_must_be_there(folder: Path) -> None:
    shutil.rmtree(folder / "scams" / "other_scam")
    with pytest.raises(KnowledgeError, match="other_scam"):
        load(folder)


def test_an_example_of_an_unknown_form_is_named_with_its_line(folder: Path) -> None:
    path = folder / "scams" / "loan" / "examples.yaml"
    path.write_text(
        "- writer: w01\n  rows:\n  - text: 贷款\n    form: poem\n    persona: 牧民\n", encoding="utf8"
    )
    with pytest.raises(KnowledgeError) as error:
        examples_room.load(folder)
    assert f"{path} 第 4 行,0.rows.0.form" in str(error.value)


def test_a_folder_without_examples_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="一条例句也没有"):
        examples_room.load(tmp_path)


def test_the_shipped_folder_is_the_default() -> None:
    assert set(knowledge_room.load().cards) == set(load(home()).cards)
