-- Subscriptions of operators for some hosts.
alter table webhook add column aggregates uuid[] not null default '{}';
comment on column webhook.aggregates is 'Only facts about hosts in one of these, and about what is or was on them; empty means all.';
