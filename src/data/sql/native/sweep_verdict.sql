-- Why the breaker holds a sweep; no row if it does not.
select due, breaker_limit, why from dlqtop.sweep_verdict()
