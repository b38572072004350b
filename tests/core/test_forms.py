"""How a field looks: tied together for screen readers, errors said in words, dates by the browser's calendar."""

import datetime as dt

from django import forms
from django.contrib.humanize.templatetags.humanize import intcomma


class Person(forms.Form):
    name = forms.CharField(label="姓名", help_text="按身份证填写。")
    born_on = forms.DateField(label="出生日期", required=False)
    sex = forms.ChoiceField(label="性别", choices=[("1", "男"), ("2", "女")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label="已核对", required=False)
    token = forms.CharField(widget=forms.HiddenInput)


def test_a_refused_field_names_its_error_to_the_screen_reader():
    page = str(Person({"name": "", "token": "x"}))
    assert 'aria-describedby="id_name_helptext id_name_error"' in page
    assert '<ul class="field-error" role="alert" id="id_name_error"><li>请填写此项。</li></ul>' in page
    assert 'id="id_name_helptext">按身份证填写。</p>' in page
    assert 'aria-invalid="true"' in page


def test_required_fields_carry_a_star_and_others_do_not():
    form = Person()
    assert "必填" in form["name"].as_field_group()
    assert "必填" not in form["born_on"].as_field_group()


def test_a_group_of_radios_is_one_named_group():
    field = Person()["sex"].as_field_group()
    assert field.startswith("<fieldset")
    assert "<legend>性别" in field


def test_a_checkbox_stands_before_its_words():
    field = Person()["agreed"].as_field_group()
    assert field.index('type="checkbox"') < field.index("已核对")


def test_errors_of_the_whole_form_come_first():
    form = Person({"name": "张三", "sex": "1", "token": "x"})
    form.add_error(None, "该居民已在册。")
    page = str(form)
    assert page.index("该居民已在册。") < page.index("姓名")
    assert page.count("该居民已在册。") == 1


def test_hidden_fields_are_there_once():
    assert str(Person()).count('name="token"') == 1


def test_dates_are_shown_as_the_browser_reads_them():
    field = str(Person(initial={"born_on": dt.date(2024, 2, 29)})["born_on"])
    assert 'type="date"' in field
    assert 'value="2024-02-29"' in field


def test_dates_are_read_as_people_write_them():
    for written in ("2024-02-29", "2024/2/29", "2024.2.29", "20240229", "2024年2月29日"):
        form = Person({"name": "张三", "sex": "1", "token": "x", "born_on": written})
        assert form.is_valid(), written
        assert form.cleaned_data["born_on"] == dt.date(2024, 2, 29)


def test_large_numbers_are_grouped_by_three():
    assert intcomma(20000) == "20,000"
