-- purpose: raw.data becomes text: the server checks every json value that comes in by parsing it, which is most of what landing costs it, and the lander has done so already
-- grain: as raw
-- key: as raw
do $$
declare
    entity text;
begin
    foreach entity in array array['enrolment', 'certification', 'vacancy']
    loop
        execute format('alter table raw.%I alter column data type text using data::text', entity);
        execute format('comment on column raw.%I.data is %L', entity, 'The event''s data as sent, each IIN replaced by its token: JSON, checked by the lander.');
    end loop;
end
$$;
