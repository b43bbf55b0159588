-- purpose: every measured run starts with the dirty pages of the one before it written
-- grain: none
-- key: none
checkpoint;
