-- purpose: the small functions that the marts and their views are built with
-- grain: none
-- key: none
create function mart.today() returns date
language sql stable parallel safe
return coalesce(
    nullif(current_setting('arna.today', true), '')::date,
    timezone(interval '5 hours', now())::date
);
comment on function mart.today() is 'Today in Kazakhstan (one time zone, UTC+5). A session may look from another day by setting arna.today; the tests do.';

create function mart.local_date(moment timestamptz) returns date
language sql immutable strict parallel safe
return timezone(interval '5 hours', moment)::date;
comment on function mart.local_date(timestamptz) is 'The day of a moment in Kazakhstan.';

create function mart.month_index(day date) returns integer
language sql immutable strict parallel safe
return extract(year from day)::integer * 12 + extract(month from day)::integer - 1;
comment on function mart.month_index(date) is 'Months counted through the years, so that month arithmetic is integer arithmetic.';

create function mart.month_start(month_index integer) returns date
language sql immutable strict parallel safe
return make_date(month_index / 12, month_index % 12 + 1, 1);
comment on function mart.month_start(integer) is 'First day of a month given by its index.';

create function mart.day_span(first_day date, end_day date) returns datemultirange
language sql immutable parallel safe
return case
    when first_day is null then '{}'::datemultirange
    when end_day is null or first_day < end_day then datemultirange(daterange(first_day, end_day))
    else '{}'::datemultirange
end;
comment on function mart.day_span(date, date) is 'Days from the first up to, not including, the end; null end is open, a turned span is empty.';

create function mart.month_span(days datemultirange) returns int4multirange
language sql immutable strict parallel safe
return (
    select
        coalesce(
            range_agg(int4range(mart.month_index(lower(d.days)), mart.month_index(upper(d.days) - 1) + 1)),
            '{}'::int4multirange
        )
    from unnest(days) as d (days)
);
comment on function mart.month_span(datemultirange) is 'Months that hold at least one of the days.';

create function mart.person_key(person_token uuid, birth_date date, is_disputed boolean) returns uuid
language sql immutable parallel safe
return case
    when is_disputed then md5(person_token::text || ':' || coalesce(to_char(birth_date, 'YYYY-MM-DD'), 'unknown'))::uuid
    else person_token
end;
comment on function mart.person_key(uuid, date, boolean) is 'The token; where birth dates of one token disagree, a key per token and birth date, so that two people are not merged.';

create function mart.normalise_name(name text) returns text
language sql immutable strict parallel safe
return nullif(left(
    normalize(
        trim(regexp_replace(casefold(normalize(name, nfc) collate pg_unicode_fast), '\s+', ' ', 'g')), nfc
    ),
    300
), '');
comment on function mart.normalise_name(text) is 'A name made comparable: NFC, case-folded, trimmed, white space collapsed; null when nothing is left.';

create index skill_norm_en on ref.skill (mart.normalise_name(name_en));
create index skill_norm_ru on ref.skill (mart.normalise_name(name_ru));
create index skill_norm_kk on ref.skill (mart.normalise_name(name_kk));

create function mart.skill_key(skill_framework text, code text, skill_name text) returns text
language sql stable parallel safe
begin atomic
    select coalesce(
        case
            when $1 in ('esco', 'onet') then $1 || ':' || nullif(trim($2), '')
        end,
        (
            select 'local:' || s.skill_code
            from ref.skill as s
            where s.framework = $1 and s.framework = 'local' and s.skill_code = trim($2)
        ),
        (
            select s.framework || ':' || s.skill_code
            from ref.skill as s
            where
                mart.normalise_name(s.name_en) = mart.normalise_name($3)
                or mart.normalise_name(s.name_ru) = mart.normalise_name($3)
                or mart.normalise_name(s.name_kk) = mart.normalise_name($3)
            order by array_position(array['esco', 'onet', 'local'], s.framework), s.skill_code
            limit 1
        ),
        'local:' || mart.normalise_name($3)
    );
end;
comment on function mart.skill_key(text, text, text) is 'One key per skill: framework and code where a shared framework has both, else the reference skill of that very name, else local: and the normalised name.';

alter table ref.skill add column retired_on date;
comment on column ref.skill.retired_on is 'Day the framework no longer listed it; it stays, for certificates name it.';
