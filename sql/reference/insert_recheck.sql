-- purpose: note what a recheck found, where the findings of the loads stand
-- grain: one rule of one entity
-- key: validation_id
insert into ops.validation (
    entity, suite_name, rule_id, expectation_type, severity, is_success, evaluated_count, unexpected_count
)
values (
    %(entity)s, 'reference.recheck', %(rule_id)s, 'recheck', 'warning', %(unknown)s = 0, %(waiting)s, %(unknown)s
);
