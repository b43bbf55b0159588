-- purpose: model of mart.course: an achievement as its latest certificate describes it; a revoked one does not speak
-- grain: one achievement of one issuer
-- key: issuer_bin, achievement_code
insert into next_course (
    issuer_bin, achievement_code, issuer_name, achievement_name_kk, achievement_name_ru, achievement_name_en,
    achievement_type, hours, language_code
)
select
    t.issuer_bin,
    t.achievement_code,
    c.issuer_name,
    c.achievement_name_kk,
    c.achievement_name_ru,
    c.achievement_name_en,
    c.achievement_type,
    c.hours,
    c.language_code
from touched_course as t
cross join
    lateral (
        select
            m.issuer_name,
            m.achievement_name_kk,
            m.achievement_name_ru,
            m.achievement_name_en,
            m.achievement_type,
            m.hours,
            m.language_code
        from mart.certificate as m
        where
            m.issuer_bin = t.issuer_bin
            and m.achievement_code = t.achievement_code
            and m.status <> 'revoked'
        order by m.awarded_on desc, m.source_id desc, m.certificate_id desc
        limit 1
    ) as c;
