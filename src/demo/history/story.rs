//! One task's invented life, told in seconds since it was created: which states it and its steps
//! went through, when, and by whom. Follows the state machines of the schema; a test asks the
//! database whether every move was allowed.

use fastrand::Rng;
use serde_json::json;

use crate::demo::catalog::Template;
use crate::demo::history::elements::{Event, Failure, StepNow, StoryEntry, seconds, whole_millis};

/// A life being told.
#[derive(Debug)]
pub(in crate::demo) struct Story<'a> {
    pub(in crate::demo) template: &'a Template,
    pub(in crate::demo) rng: &'a mut Rng,
    pub(in crate::demo) now: f64,
    /// When the task entered the state it is in.
    pub(in crate::demo) since: f64,
    pub(in crate::demo) state: &'static str,
    pub(in crate::demo) steps: Vec<StepNow>,
    pub(in crate::demo) events: Vec<Event>,
    /// The steps at the end of each phase that is over.
    pub(in crate::demo) past: Vec<Vec<StepNow>>,
    pub(in crate::demo) extra_edge: Option<(usize, usize)>,
    /// The investigations, in the order in which they were opened.
    pub(in crate::demo) entries: Vec<StoryEntry>,
    /// What takes minutes takes a second: it goes on where it was interrupted.
    pub(in crate::demo) brisk: bool,
}

impl<'a> Story<'a> {
    /// A task is created.
    pub(in crate::demo) fn begin(template: &'a Template, rng: &'a mut Rng) -> Self {
        let plans = template.steps();
        let mut levels: Vec<usize> = Vec::with_capacity(plans.len());
        for plan in &plans {
            let above = plan.dependencies.iter().filter_map(|name| {
                let parent = plans.iter().position(|p| &p.name == name)?;
                levels.get(parent)
            });
            levels.push(above.max().map_or(0, |level| level + 1));
        }
        let steps = plans
            .into_iter()
            .zip(levels)
            .map(|(plan, level)| StepNow::planned(plan, level));
        let mut story = Self {
            template,
            rng,
            now: 0.0,
            since: 0.0,
            state: "",
            steps: steps.collect(),
            events: Vec::new(),
            past: Vec::new(),
            extra_edge: None,
            entries: Vec::new(),
            brisk: false,
        };
        let initiator = template.traffic.initiator.clone();
        story.push(None, "pending", &initiator, None);
        for step in 0..story.steps.len() {
            story.push(Some(step), "pending", &initiator, None);
        }
        story
    }

    /// Lets time pass.
    pub(in crate::demo) fn wait(&mut self, seconds: f64) {
        self.now += seconds;
    }

    /// The index of a step.
    pub(in crate::demo) fn step(&self, name: &str) -> usize {
        let found = self.steps.iter().position(|s| s.plan.name == name);
        found.unwrap_or(0)
    }

    /// The task's next state.
    pub(in crate::demo) fn task(&mut self, to: &'static str, processor: &str) {
        self.push(None, to, processor, None);
    }

    /// An investigation is opened. What follows was not yet so in its snapshot.
    pub(in crate::demo) fn open(&mut self, reason: &'static str, by: &str) {
        self.entries.push(StoryEntry {
            reason,
            original_state: self.state,
            opened: self.now,
            opened_by: by.to_owned(),
            category: None,
            closing: None,
        });
        self.past.push(self.steps.clone());
    }

    /// The sweep fails the task, in the same transaction in which it opened the investigation.
    pub(in crate::demo) fn fail_by_sweep(&mut self, reason: &'static str, by: &str) {
        self.push(None, "error", by, Some(reason));
    }

    /// Up to `enqueuing_steps`.
    pub(in crate::demo) fn start(&mut self) {
        let processor = orchestrator(self.rng);
        self.now += 0.1 + self.rng.f64();
        self.task("initializing", &processor);
        self.now += 0.05;
        self.task("enqueuing_steps", &processor);
    }

    /// Runs every step above `level`.
    pub(in crate::demo) fn run_to(&mut self, level: usize) {
        for current in 0..level {
            let wave = self.pending_at(current);
            if !wave.is_empty() {
                self.run_wave(&wave);
            }
        }
        self.be_enqueuing();
    }

    /// Runs what is left, to the task's end.
    pub(in crate::demo) fn run_out(&mut self) {
        let deepest = self.steps.iter().map(|s| s.level).max().unwrap_or(0);
        for level in 0..=deepest {
            let wave = self.pending_at(level);
            if !wave.is_empty() {
                self.run_wave(&wave);
            }
        }
        self.task("complete", "orchestrator-1");
    }

    fn pending_at(&self, level: usize) -> Vec<usize> {
        let pending = |s: &StepNow| s.level == level && s.state == "pending";
        (0..self.steps.len())
            .filter(|&i| pending(&self.steps[i]))
            .collect()
    }

    fn be_enqueuing(&mut self) {
        if self.state != "enqueuing_steps" {
            self.now += 0.05;
            self.task("enqueuing_steps", "orchestrator-1");
        }
    }

    fn enqueue(&mut self, wave: &[usize]) {
        self.be_enqueuing();
        self.now += 0.02;
        for &step in wave {
            self.push(Some(step), "enqueued", "orchestrator-1", None);
        }
        self.task("steps_in_process", "orchestrator-1");
    }

    fn run_wave(&mut self, wave: &[usize]) {
        self.enqueue(wave);
        self.complete_all(wave, self.brisk);
        self.now += 0.05;
        self.task("evaluating_results", "orchestrator-1");
    }

    /// Completes enqueued steps side by side; `quickly` even those that take minutes.
    pub(in crate::demo) fn complete_all(&mut self, wave: &[usize], quickly: bool) {
        let begun = self.now;
        let mut end = begun;
        for &step in wave {
            self.now = begun;
            let worker = self.claim(step);
            self.now += if quickly {
                0.2 + self.rng.f64()
            } else {
                self.duration(step)
            };
            let took_ms = ((self.now - begun) * 1000.0).round();
            self.push(Some(step), "complete", &worker, None);
            self.steps[step].results = Some(json!({ "ok": true, "took_ms": took_ms }));
            self.steps[step].last_error = None;
            end = end.max(self.now);
        }
        self.now = end;
    }

    fn claim(&mut self, step: usize) -> String {
        let worker = format!(
            "{}-worker-{}",
            self.template.namespace,
            self.rng.usize(1..=self.template.traffic.workers.max(1))
        );
        self.now += 0.05 + self.rng.f64() * 0.4;
        self.push(Some(step), "in_progress", &worker, None);
        let now = self.now;
        let step = &mut self.steps[step];
        step.attempts += 1;
        step.attempted = Some(now);
        step.next_retry = None;
        worker
    }

    fn duration(&mut self, step: usize) -> f64 {
        let name = &self.steps[step].plan.name;
        let slow = self.template.traffic.slow.as_ref();
        match slow.filter(|slow| slow.steps.contains(name)) {
            Some(slow) => f64::from(self.rng.u32(slow.seconds.0..=slow.seconds.1)),
            None => 0.2 + self.rng.f64() * 2.5,
        }
    }

    /// Comes to the wave of `step`, and finishes all of that wave but this step.
    fn reach(&mut self, step: usize) {
        let level = self.steps[step].level;
        self.run_to(level);
        let wave = self.pending_at(level);
        self.enqueue(&wave);
        let others: Vec<usize> = wave.into_iter().filter(|&other| other != step).collect();
        let begun = self.now;
        self.complete_all(&others, true);
        self.now = begun;
    }

    /// A step is taken by a worker that never answers.
    pub(in crate::demo) fn hang(&mut self, step: usize) {
        self.reach(step);
        self.claim(step);
        self.now += 2.0;
    }

    /// Nobody takes the steps.
    pub(in crate::demo) fn unclaimed(&mut self, step: usize) {
        let level = self.steps[step].level;
        self.run_to(level);
        let wave = self.pending_at(level);
        self.enqueue(&wave);
    }

    /// A step fails until it may not be tried again; the task is blocked.
    pub(in crate::demo) fn exhaust(&mut self, trouble: &Failure) {
        self.reach(trouble.step);
        while self.attempt(trouble) {
            let base = self.steps[trouble.step].backoff_base_ms;
            let wait = base << (self.steps[trouble.step].attempts - 1).min(20);
            let wait = wait.min(i64::from(
                self.steps[trouble.step].plan.retry.max_backoff_ms,
            ));
            self.back_off(trouble.step, seconds(wait));
            self.now += seconds(wait) + self.rng.f64();
            self.push(
                Some(trouble.step),
                "pending",
                "orchestrator-1",
                Some("backoff is over"),
            );
            self.enqueue(&[trouble.step]);
        }
        self.task("evaluating_results", "orchestrator-1");
        self.task("blocked_by_failures", "orchestrator-1");
    }

    /// A step has failed once and waits `wait_seconds` to be tried again.
    pub(in crate::demo) fn wait_for_retry(&mut self, trouble: &Failure, wait_seconds: f64) {
        self.reach(trouble.step);
        self.attempt(trouble);
        // the other side said when to come back
        self.steps[trouble.step].backoff_base_ms = whole_millis(wait_seconds);
        self.back_off(trouble.step, wait_seconds);
    }

    /// One failing attempt; whether another one is due.
    fn attempt(&mut self, trouble: &Failure) -> bool {
        let worker = self.claim(trouble.step);
        self.now += 0.4 + self.rng.f64() * 3.0;
        let now = self.now;
        let step = &mut self.steps[trouble.step];
        let retry = &step.plan.retry;
        let again = !trouble.permanent && retry.retryable && step.attempts < retry.max_attempts;
        step.last_error = Some(trouble.error.clone());
        step.failed = Some(now);
        let to = if again { "waiting_for_retry" } else { "error" };
        self.push(Some(trouble.step), to, &worker, Some(&trouble.error));
        again
    }

    fn back_off(&mut self, step: usize, wait: f64) {
        self.steps[step].next_retry = Some(self.now + wait);
        self.task("evaluating_results", "orchestrator-1");
        self.task("waiting_for_retry", "orchestrator-1");
    }

    /// A step may not begin before `not_before` seconds of the task's life have passed.
    pub(in crate::demo) fn wait_for_schedule(&mut self, step: usize, not_before: f64) {
        self.run_to(self.steps[step].level);
        self.steps[step].next_retry = Some(not_before);
        self.task("steps_in_process", "orchestrator-1");
        self.task("evaluating_results", "orchestrator-1");
        self.task("waiting_for_dependencies", "orchestrator-1");
    }

    /// The last step is made a parent of the first one: nothing can ever run.
    pub(in crate::demo) fn make_dependency_cycle(&mut self) {
        self.extra_edge = Some((self.steps.len() - 1, 0));
        self.task("steps_in_process", "orchestrator-1");
        self.task("evaluating_results", "orchestrator-1");
        self.task("waiting_for_dependencies", "orchestrator-1");
    }

    /// The orchestrator notices that the worker of a hanging step is past the timeout.
    pub(in crate::demo) fn time_out(&mut self, step: usize) {
        let limit = self.steps[step].plan.timeout_seconds.unwrap_or(60);
        let mut held = self.events.iter().rev();
        let holder = held.find(|b| b.step == Some(step));
        let holder = holder.map_or_else(String::new, |b| b.processor.clone());
        let error = format!("timed out after {limit} s: worker {holder} did not answer");
        self.push(Some(step), "waiting_for_retry", &holder, Some(&error));
        let now = self.now;
        let base = self.steps[step].backoff_base_ms;
        let step = &mut self.steps[step];
        step.last_error = Some(error);
        step.failed = Some(now);
        step.next_retry = Some(now + seconds(base));
    }

    pub(in crate::demo) fn push(
        &mut self,
        step: Option<usize>,
        to: &'static str,
        processor: &str,
        reason: Option<&str>,
    ) {
        let state = match step {
            Some(step) => &mut self.steps[step].state,
            None => &mut self.state,
        };
        let from = Some(std::mem::replace(state, to)).filter(|s| !s.is_empty());
        if step.is_none() {
            self.since = self.now;
        }
        self.events.push(Event {
            step,
            from,
            to,
            at: self.now,
            processor: processor.to_owned(),
            reason: reason.map(|r| r.chars().take(200).collect()),
            metadata: json!({}),
            phase: self.past.len(),
        });
    }
}

fn orchestrator(rng: &mut Rng) -> String {
    format!("orchestrator-{}", rng.u8(1..=2))
}
