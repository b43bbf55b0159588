-- purpose: forget results of the run that an interrupted attempt may have left
-- grain: one expectation
-- key: mart_validation_id, entity, rule_id
delete from ops.validation
where mart_validation_id = %(mart_validation_id)s;
