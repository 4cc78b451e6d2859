"""Compiling: what a sheet becomes, and what is told to its author where it cannot become anything."""

import pytest

from fieldsync.actions import REGISTRY
from fieldsync.domain import forms
from fieldsync.forms.evaluate import evaluate
from fieldsync.forms.mistakes import FormRefused
from fieldsync.forms.sheets import read, to_workbook
from forms.writing import LISTS, compiled, markdown, mistakes, sheets


def item(survey: str, at: int = 0, **more) -> dict:
    return compiled(survey, **more)["items"][at]


def test_a_question_of_the_noun_gets_its_path_and_another_lies_below_answers():
    form = compiled(
        "type,name,label\ntext,remark,备注\ntext,colour,颜色\nselect_multiple sign,signs,迹象\ninteger,teeth,牙",
        choices="list_name,name,label\nsign,fresh_cut,新",
    )
    assert [one["path"] for one in form["items"]] == ["remark", "answers/colour", "signs", "answers/teeth"]
    assert form["items"][0]["most"] == 500


def test_head_and_titles():
    form = compiled("type,name,label\nnote,a,甲", settings="form_id,version,form_title\nabc,2026100301,标题")
    assert (form["name"], form["version"], form["noun"]) == ("abc", 2026100301, "inspection")
    assert form["titles"] == ["标题", "标题"]


def test_both_languages_and_one_for_both():
    survey = "type,name,label::中文 (zh),label::English (en),hint::English (en)\ntext,a,甲,A,\ntext,b,乙,,h"
    first, second = compiled(survey)["items"]
    assert (first["labels"], second["labels"], second["hints"]) == (["甲", "A"], ["乙", "乙"], ["h", "h"])
    assert item("type,name,label\ntext,a,甲")["labels"] == ["甲", "甲"]


def test_rows_of_a_repeat_keep_their_fields():
    survey = "type,name,label\nbegin repeat,hazards,隐患\nselect_one h,kind,种类\ninteger,people,人数\nend repeat"
    repeat = item(survey, choices="list_name,name,label\nh,landslide,滑坡")
    assert repeat["path"] == "hazards"
    assert [one["path"] for one in repeat["items"]] == ["hazards/*/kind", "hazards/*/people"]
    assert repeat["items"][1]["constraint"] == [">=", ["self"], 0]


def test_a_repeat_of_its_own_lies_below_answers():
    repeat = item("type,name,label\nbegin_repeat,crew,人\ntext,who,谁\nend_repeat")
    assert (repeat["path"], repeat["items"][0]["path"]) == ("answers/crew", "answers/crew/*/who")


def test_photos_signatures_and_position():
    form = compiled(
        "type,name,label,role,most,appearance\nimage,a,照,overview,4,\nimage,b,签,,,signature\ngeopoint,position,位,,,"
    )
    photo, signature, position = form["items"]
    assert (photo["role"], photo["most"], photo["path"]) == ("overview", 4, "answers/a")
    assert (signature["kind"], signature["path"]) == ("signature", "signatures")
    assert "appearance" not in signature
    assert position["path"] == "position"


def test_columns_of_the_choices_come_only_where_a_filter_reads_them():
    survey = "type,name,label,choice_filter\ntext,p,省,\nselect_one city,c,市,province = ${p}"
    form = compiled(survey)
    assert form["items"][1]["filter"] == ["=", ["col", "province"], ["ref", "answers/p"]]
    assert form["choices"] == {"city": [{"name": "fz", "labels": ["福州", "Fuzhou"], "more": {"province": "fj"}}]}
    assert compiled("type,name,label\nselect_one city,c,市")["choices"]["city"][0].keys() == {"name", "labels"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [("5", 5), ("today()", {"calc": ["today"]}), ("${b} + 1", {"calc": ["+", ["ref", "answers/b"], 1]})],
)
def test_defaults(given, expected):
    assert item(f"type,name,label,default\ninteger,a,甲,{given}\ninteger,b,乙,")["default"] == expected


def test_more_of_an_item():
    made = item("type,name,label,read_only,carry,appearance,required\ntext,a,甲,yes,是,multiline,yes")
    assert (made["readOnly"], made["carry"], made["appearance"], made["required"]) == (
        True,
        True,
        "multiline",
        True,
    )
    scale = item("type,name,label,parameters\nrange,r,分,start=0 end=1 step=0.5")
    assert scale["range"] == {"start": 0, "end": 1, "step": 0.5}
    assert scale["constraint"] == ["and", [">=", ["self"], 0], ["<=", ["self"], 1]]


def test_a_field_of_the_site_is_filled_in_beforehand():
    kind, name = compiled("type,name\nhidden,site_kind\nhidden,site_name")["items"]
    assert (kind["kind"], kind["path"], kind["site"]) == ("calculate", "answers/site_kind", "site_kind")
    assert name["site"] == "name"
    assert mistakes("type,name\nhidden,site_moon") == {"survey!B2": "a site has no field site_moon"}


def test_a_label_prints_choices_by_their_labels():
    form = compiled("type,name,label\nselect_one yn,a,甲\nnote,b,答 ${a}！")
    assert form["items"][1]["labels"] == {
        "parts": [["答 ", ["jr:choice-name", ["ref", "answers/a"], "yn"], "！"]] * 2
    }


def test_what_depends_on_what_stands_below_it_is_reckoned_in_order():
    form = compiled("type,name,calculation\ncalculate,a,${b} + 1\ncalculate,b,${c} + 1\ncalculate,c,1 + 1")
    assert form["order"] == [2, 1, 0]
    assert evaluate(form, {}, {})["answers"] == {"answers/a": 4, "answers/b": 3, "answers/c": 2}


def test_a_long_chain_is_borne():
    rows = [f"text,q{at},题,${{q{at + 1}}} != ''" for at in range(250)]
    form = compiled("\n".join(["type,name,label,relevant", *rows, "text,q250,题,"]))
    everything = {f"answers/q{at}": "x" for at in range(251)}
    assert evaluate(form, everything, {})["hidden"] == []
    assert len(evaluate(form, everything | {"answers/q250": ""}, {})["hidden"]) == 250


@pytest.mark.parametrize(
    ("survey", "cell", "told"),
    [
        ("type,name,label\nvideo,a,甲", "survey!A2", "no such type here: video"),
        ("type,name,label\n,a,甲", "survey!A2", "no such type here: empty"),
        ("type,name,label\nselect_one nowhere,a,甲", "survey!A2", "the choices have no list nowhere"),
        ("type,name,label\nselect_one yn or_other,a,甲", "survey!A2", "no such type here: select_one yn or_other"),
        ("type,name,label\ntext,A,甲", "survey!B2", "`A`: a lower-case letter"),
        ("type,name,label\ntext,a__b,甲", "survey!B2", "`a__b`: a lower-case letter"),
        ("type,name,label\ntext,名,甲", "survey!B2", "`名`: a lower-case letter"),
        ("type,name,label\ntext,a,甲\ninteger,a,乙", "survey!B3", "a is the name of row 2"),
        ("type,name,label\ntext,state,甲", "survey!B2", "state is the server's own"),
        ("type,name,label\ntext,record_no,甲", "survey!B2", "record_no is the server's own"),
        ("type,name,label\ntext,a,", "survey!C2", "the label is missing"),
        ("type,name,label\ninteger,remark,甲", "survey!A2", "remark is a field that this type does not fit"),
        ("type,name,label\nselect_one yn,activity,甲", "survey!A2", "is not a choice of activity"),
        ("type,name,label\ntext,signs,甲", "survey!A2", "signs is a field that this type does not fit"),
        ("type,name,label\nbegin group,g,甲", "survey!A2", "this group is not ended"),
        ("type,name,label\nend group,,", "survey!A2", "there is no group to end here"),
        (
            "type,name,label\nbegin repeat,r,甲\nbegin repeat,s,乙\nend repeat,,\nend repeat,,",
            "survey!A3",
            "a repeat cannot hold another repeat",
        ),
        (
            "type,name,label\nbegin repeat,hazards,甲\ntext,colour,乙\nend repeat,,",
            "survey!B3",
            "a row of hazards has no colour",
        ),
        ("type,name,label,relevant\ntext,a,甲,${colour} = 1", "survey!D2", "there is no question ${colour}"),
        (
            "type,name,label,relevant\ntext,colour,甲,\ntext,b,乙,${color} = 1",
            "survey!D3",
            "did you mean ${colour}?",
        ),
        ("type,name,label,relevant\ntext,a,甲,${a} = 1", "survey!D2", "a circle"),
        ("type,name,label,relevant\ntext,a,甲,${b} = 1\ntext,b,乙,${a} = 1", "survey!D3", "a circle"),
        ("type,name,label,relevant\nbegin group,g,甲,${a} = 1\ntext,a,乙,\nend group,,,", "survey!D2", "a circle"),
        ("type,name,label,relevant\ntext,a,甲,uuid()", "survey!D2", "there is no function uuid()"),
        ("type,name,label,relevant\ntext,a,甲,. = 1", "survey!D2", "`.` belongs in a constraint only"),
        ("type,name,label,relevant\nselect_one yn,a,甲,\ntext,b,乙,${a} = 'yes'", "survey!D3", "yes is not among"),
        (
            "type,name,label,relevant\nselect_one yn,a,甲,\ntext,b,乙,selected(${a}; 'x')",
            "survey!D3",
            "x is not among",
        ),
        ("type,name,label,relevant\nimage,a,甲,\ntext,b,乙,${a} != ''", "survey!D3", "the number of photos ${a}"),
        (
            "type,name,label,relevant\nbegin repeat,r,甲,\ntext,a,乙,\nend repeat,,,\ntext,b,丙,${a} = 1",
            "survey!D5",
            "${a} is in a repeat: use sum",
        ),
        ("type,name,label,relevant\ntext,a,甲,province = 1", "survey!D2", "`province` is not understood"),
        (
            "type,name,label,choice_filter\nselect_one city,a,甲,planet = 1",
            "survey!D2",
            "`planet` is not understood",
        ),
        ("type,name,label,read_only\ntext,a,甲,${b}", "survey!D2", "only yes or no"),
        ("type,name,label,role\nimage,a,甲,portrait", "survey!D2", "photos have no role portrait"),
        ("type,name,label,most\ninteger,a,甲,5", "survey!D2", "this is for texts and photos only"),
        ("type,name,label,most\nimage,a,甲,many", "survey!D2", "this must be a whole number"),
        ("type,name,label,default\ninteger,a,甲,five", "survey!D2", "`five` does not fit"),
        ("type,name,label,default\nselect_one yn,a,甲,maybe", "survey!D2", "`maybe` does not fit"),
        ("type,name,label,parameters\nrange,a,甲,start=5 end=1", "survey!D2", "this is written start=1"),
        ("type,name,label,trigger\ntext,a,甲,${b}", "survey!D2", "trigger is not supported"),
        (
            "type,name,label,repeat_count\nbegin repeat,r,甲,3\nend repeat,,,",
            "survey!D2",
            "repeat_count is not supported",
        ),
        ("type,name,label,label\ntext,a,甲,乙", "survey!D1", "the column `label` comes twice"),
        ("type,name,label\ntext,a,甲 ${zz}", "survey!C2", "there is no question ${zz}"),
    ],
)
def test_mistakes_are_told_with_their_cell(survey, cell, told):
    found = mistakes(survey)
    assert cell in found, found
    assert told in found[cell]


@pytest.mark.parametrize(
    ("choices", "settings", "cell"),
    [
        (LISTS + "yn,y,是,Yes,", None, "choices!B5"),
        (LISTS + ",z,是,Yes,", None, "choices!A5"),
        (LISTS + "yn,a b,是,Yes,", None, "choices!B5"),
        (LISTS + "yn,z,,,", None, "choices!C5"),
        (None, "form_id,version,form_title\nBad,1,题", "settings!A2"),
        (None, "form_id,version,form_title\ngood,one,题", "settings!B2"),
        (None, "form_id,version,form_title\ngood,0,题", "settings!B2"),
        (None, "form_id,version,form_title\ngood,9999999999,题", "settings!B2"),
        (None, "form_id,version,form_title\ngood,1,", "settings!C2"),
        (None, "form_id,version,form_title,noun\ngood,1,题,moon", "settings!D2"),
        (None, "form_id,version,form_title,noun\ngood,1,题,person", "settings!D2"),
    ],
)
def test_mistakes_of_the_other_sheets(choices, settings, cell):
    more = {"choices": choices, "settings": settings}
    found = mistakes("type,name,label\ntext,a,甲", **{name: text for name, text in more.items() if text})
    assert cell in found or (cell == "settings!D2" and "survey!B2" in found), found


def test_mistakes_are_told_in_both_languages():
    given = markdown(sheets("type,name,label,relevant\nvideo,A,,nope(\nend group,,,"))
    with pytest.raises(FormRefused) as refused:
        forms.compiled(given, REGISTRY.nouns)
    assert [found for found in refused.value.mistakes if found.zh.isascii() or not found.en.isascii()] == []


def test_all_mistakes_are_told_at_once():
    found = mistakes("type,name,label,relevant\nvideo,a,,nope(\ntext,B,甲,${c}\nselect_one x,d,丁,")
    assert set(found) == {"survey!A2", "survey!C2", "survey!D2", "survey!B3", "survey!D3", "survey!A4"}


def test_choices_of_many_are_pieces_of_a_path():
    lists = "list_name,name,label\nw,晴,晴"
    assert compiled("type,name,label\nselect_one w,a,甲", choices=lists)["choices"]["w"][0]["name"] == "晴"
    assert "survey!A2" in mistakes("type,name,label\nselect_multiple w,a,甲", choices=lists)


def test_what_is_passed_by_is_said():
    given = sheets("type,name,label,image::中文 (zh),label::Français (fr)\nstart,s,,,\ntext,a,甲,x,y")
    warnings = forms.compiled(markdown(given), REGISTRY.nouns).warnings
    assert {found.cell for found in warnings} == {"survey!A2", "survey!D1", "survey!E1"}


def test_a_workbook_says_the_same_as_markdown():
    given = sheets("type,name,label,relevant\ninteger,a,甲,\ntext,b,乙,${a} > 3")
    from_markdown = forms.compiled(markdown(given), REGISTRY.nouns)
    from_excel = forms.compiled(to_workbook(given), REGISTRY.nouns)
    assert from_excel.form == from_markdown.form
    assert read(to_workbook(from_excel.sheets)) == from_excel.sheets


def test_what_pyxform_refuses_is_refused():
    # Two questions of a name, in two places, one of them meant: the standard has no nearest one.
    survey = (
        "type,name,label,relevant\nbegin repeat,r,甲,\ntext,a,乙,\ntext,c,丁,${a} = 1\nend repeat,,,\ntext,a,丙,"
    )
    assert any("XLSForm" in told for told in mistakes(survey).values())
