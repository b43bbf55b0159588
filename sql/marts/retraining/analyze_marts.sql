-- purpose: tell the planner what a rebuild has left; a refresh that follows at once would take full tables for empty ones
-- grain: none
-- key: none
analyze mart.supply_span, mart.supply_change, mart.skill_supply, mart.skill_demand, mart.skill_gap;
analyze mart.skill_gap_country, mart.posting, mart.vacancy_span, mart.occupation_demand, mart.occupation_skill,
mart.pathway;
