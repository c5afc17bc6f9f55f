-- A flavor may name a policy of the scheduler, and its instances keep it.
comment on table instance_extra_spec is 'What an instance''s flavor said about aggregates, and of a policy, when it was made.';
comment on column instance_extra_spec.key is 'The extra spec: aggregate_instance_extra_specs:KEY, or holdfast:scheduler_policy.';
