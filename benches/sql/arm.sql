-- Lets the next sweep take everything that is stale.
select from dlqtop.arm_detector(2147483647, 'bench', 'a copy, made to be swept')
