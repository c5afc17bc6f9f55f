-- Who changed what through the API, or would have.
create table audit_line (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    request_id text not null unique,
    kind text not null check (kind in ('operator', 'user', 'monitor', 'system', 'nobody')),
    user_id text not null,
    user_name text not null,
    project text not null,
    address text not null,
    on_behalf_of text,
    controller text not null,
    service text not null,
    operation text not null,
    target text not null,
    status integer,
    fault text,
    made text,
    refused boolean not null,
    count integer not null,
    until timestamptz not null
) with (fillfactor = 70);
create index audit_line_by_time on audit_line (at);
create index audit_line_refused on audit_line (id) where refused;
create index audit_line_worked_on on audit_line (id) where not refused;
comment on table audit_line is 'The audit trail: a line for each request that changes something, written before the work begins. Never anything of a body.';
comment on column audit_line.id is 'Grows with time; pages go by it.';
comment on column audit_line.at is 'Wall time when the request came, the first of several.';
comment on column audit_line.request_id is 'As the answer''s header names it.';
comment on column audit_line.kind is 'What the caller is to this deployment.';
comment on column audit_line.user_id is 'Id in the identity service, or the name of a token of the settings.';
comment on column audit_line.user_name is 'For people.';
comment on column audit_line.project is 'In which it acted.';
comment on column audit_line.address is 'Where the connection came from.';
comment on column audit_line.on_behalf_of is 'Of a request that another controller handed on: whose it was, as that one said.';
comment on column audit_line.controller is 'Name of the controller that worked on it.';
comment on column audit_line.service is 'Type of the API.';
comment on column audit_line.operation is 'Id in the contract, and the action behind a slash.';
comment on column audit_line.target is 'Path without query.';
comment on column audit_line.status is 'Of the answer; null while the work goes on, and for ever if the controller died meanwhile.';
comment on column audit_line.fault is 'Message of the answer, where it is an error and does not speak of the body.';
comment on column audit_line.made is 'Id of what was made.';
comment on column audit_line.refused is 'Whether nothing was begun.';
comment on column audit_line.count is 'How many like requests the line stands for.';
comment on column audit_line.until is 'Wall time of the last of them.';
