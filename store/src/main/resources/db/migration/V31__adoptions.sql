alter table host add column adoptions bigint not null default 0 check (adoptions >= 0);
comment on column host.adoptions is 'How many lists of what it owns were made for it. Each carries its number, so that the agent knows one that was overtaken.';
