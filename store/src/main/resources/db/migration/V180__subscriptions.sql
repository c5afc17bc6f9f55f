-- What a subscriber wants, how it wants it, and what became of the last attempts.
alter table webhook
    add column form text not null default 'HOLDFAST' check (form in ('HOLDFAST', 'CLOUDEVENTS')),
    add column severity text not null default 'INFO' check (severity in ('INFO', 'WARNING', 'CRITICAL')),
    add column instances uuid[] not null default '{}',
    add column tags text[] not null default '{}',
    add column paused boolean not null default false;
comment on column webhook.types is 'Prefixes of the types of fact wanted; empty means all.';
comment on column webhook.form is 'In which form facts are sent.';
comment on column webhook.severity is 'The least severity that is wanted.';
comment on column webhook.instances is 'Only facts about these; empty means all.';
comment on column webhook.tags is 'Only facts about instances with one of these tags; empty means all.';
comment on column webhook.paused is 'Facts wait until it is resumed.';

create table webhook_attempt (
    id bigint generated always as identity primary key,
    webhook_id uuid not null references webhook (id) on delete cascade,
    fact_id uuid not null,
    type text not null,
    number int not null check (number >= 1),
    at timestamptz not null,
    result text not null check (result in ('DELIVERED', 'AGAIN', 'DEAD')),
    status int not null,
    took_millis bigint not null check (took_millis >= 0),
    error text not null default ''
);
create index webhook_attempt_by_webhook on webhook_attempt (webhook_id, id);
comment on table webhook_attempt is 'The last attempts of each webhook, for people; older ones are removed as new ones come.';
comment on column webhook_attempt.id is 'Order of noting.';
comment on column webhook_attempt.webhook_id is 'Where to.';
comment on column webhook_attempt.fact_id is 'What was told; kept longer than the fact.';
comment on column webhook_attempt.type is 'Type of the fact.';
comment on column webhook_attempt.number is 'Number of the attempt with this fact, from 1.';
comment on column webhook_attempt.at is 'When it began.';
comment on column webhook_attempt.result is 'What came of it; AGAIN means that it is tried again.';
comment on column webhook_attempt.status is 'Status of HTTP; 0 when there was no answer.';
comment on column webhook_attempt.took_millis is 'Until the answer, or until it was given up.';
comment on column webhook_attempt.error is 'Why it was not taken.';
