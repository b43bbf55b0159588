-- purpose: the major groups of ISCO-08 and its unit groups of work with information technology, where no occupations were loaded
-- grain: one group
-- key: scheme, occupation_code, valid_from
insert into ref.occupation (scheme, occupation_code, valid_from, isco_code, match_type, name_en)
select
    'isco08' as scheme,
    g.code as occupation_code,
    date '2008-01-01' as valid_from,
    g.code as isco_code,
    'exact' as match_type,
    g.name_en
from (
    values
    ('0', 'Armed forces occupations'),
    ('1', 'Managers'),
    ('2', 'Professionals'),
    ('3', 'Technicians and associate professionals'),
    ('4', 'Clerical support workers'),
    ('5', 'Service and sales workers'),
    ('6', 'Skilled agricultural, forestry and fishery workers'),
    ('7', 'Craft and related trades workers'),
    ('8', 'Plant and machine operators, and assemblers'),
    ('9', 'Elementary occupations'),
    ('2511', 'Systems analysts'),
    ('2512', 'Software developers'),
    ('2513', 'Web and multimedia developers'),
    ('2514', 'Applications programmers'),
    ('2519', 'Software and applications developers and analysts not elsewhere classified'),
    ('2521', 'Database designers and administrators'),
    ('2522', 'Systems administrators'),
    ('2523', 'Computer network professionals'),
    ('2529', 'Database and network professionals not elsewhere classified')
) as g (code, name_en)
where not exists (
    select 1
    from ref.occupation as o
    where o.scheme = 'isco08'
);
