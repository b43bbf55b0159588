-- purpose: a script of pgbench: the profile of somebody, as a reader asks for it
-- grain: a person; then each certificate; then each skill
-- key: person_key
\set number random(1, :people)
select * from profile.student where person_key = md5('p' || :number)::uuid;
select * from profile.certificate where person_key = md5('p' || :number)::uuid;
select * from profile.skill where person_key = md5('p' || :number)::uuid;
