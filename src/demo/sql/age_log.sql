-- Back-dates what was decided before the history begins; the log is append-only while its trigger is enabled.
-- No parameters.
with armed as (
    update dlqtop.settings set detector_armed_at = detector_armed_at - interval '40 days'
)
update dlqtop.operator_log set at = at - interval '40 days'
where action in ('apply_template', 'arm_detector')
