-- Arms the detector, which has nothing to take yet.
-- No parameters.
select from dlqtop.arm_detector(0, 'deploy@ci', 'the thresholds fit this fleet')
