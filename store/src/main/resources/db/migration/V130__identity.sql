-- Who may log in, and what they may do where.
create table identity_change (
    one boolean primary key default true check (one),
    number bigint not null
);
insert into identity_change (number) values (1);
comment on table identity_change is 'One row: how often anything has changed that the worth of a token depends on.';
comment on column identity_change.one is 'There is one row.';
comment on column identity_change.number is 'Grows with each change.';

create table identity_key (
    id int primary key check (id > 0),
    secret bytea not null check (length(secret) = 32),
    made_at timestamptz not null
);
comment on table identity_key is 'Keys that tokens are signed with. Whoever reads one can make tokens.';
comment on column identity_key.id is 'Stands in each token; of a newer key larger.';
comment on column identity_key.secret is 'For HMAC-SHA256.';
comment on column identity_key.made_at is 'Wall time of creation; the newest key signs.';

create table identity_revocation (
    audit uuid primary key,
    expires_at timestamptz not null
);
create index identity_revocation_by_end on identity_revocation (expires_at);
comment on table identity_revocation is 'Tokens that were ended early.';
comment on column identity_revocation.audit is 'Identity of the token.';
comment on column identity_revocation.expires_at is 'When it would have ended; the row may go after that.';

create table identity_domain (
    id text primary key,
    name text not null constraint identity_domain_name unique,
    description text not null,
    enabled boolean not null
);
comment on table identity_domain is 'Where names of users and projects are unique.';
comment on column identity_domain.id is 'Identity.';
comment on column identity_domain.name is 'Name for people.';
comment on column identity_domain.description is 'Text for people.';
comment on column identity_domain.enabled is 'Whether anybody in it may log in.';

create table identity_project (
    id text primary key,
    domain text not null references identity_domain (id) on delete cascade,
    name text not null,
    description text not null,
    enabled boolean not null,
    tags text[] not null,
    constraint identity_project_name unique (domain, name)
);
comment on table identity_project is 'Owners of instances.';
comment on column identity_project.id is 'Identity.';
comment on column identity_project.domain is 'Where its name is unique.';
comment on column identity_project.name is 'Name for people.';
comment on column identity_project.description is 'Text for people.';
comment on column identity_project.enabled is 'Whether tokens for it are good.';
comment on column identity_project.tags is 'Words for people.';

create table identity_user (
    id text primary key,
    domain text not null references identity_domain (id) on delete cascade,
    name text not null,
    description text,
    email text,
    default_project text,
    enabled boolean not null,
    password_hash text,
    generation int not null default 0,
    constraint identity_user_name unique (domain, name)
);
comment on table identity_user is 'Who can log in.';
comment on column identity_user.id is 'Identity.';
comment on column identity_user.domain is 'Where its name is unique.';
comment on column identity_user.name is 'Name to log in with.';
comment on column identity_user.description is 'Text for people.';
comment on column identity_user.email is 'Address, for people.';
comment on column identity_user.default_project is 'For a login that names none; may be gone.';
comment on column identity_user.enabled is 'Whether it may log in.';
comment on column identity_user.password_hash is 'Argon2id in its usual text form; null: no login with a password.';
comment on column identity_user.generation is 'Grows when all its tokens end, as with a new password.';

create table identity_role (
    id text primary key,
    name text not null constraint identity_role_name unique,
    description text not null
);
comment on table identity_role is 'What can be granted.';
comment on column identity_role.id is 'Identity.';
comment on column identity_role.name is 'admin, member and reader have a meaning.';
comment on column identity_role.description is 'Text for people.';

create table identity_grant (
    user_id text not null references identity_user (id) on delete cascade,
    project text references identity_project (id) on delete cascade,
    domain text references identity_domain (id) on delete cascade,
    role text not null references identity_role (id) on delete cascade,
    check ((project is null) <> (domain is null)),
    constraint identity_grant_once unique nulls not distinct (user_id, project, domain, role)
);
create index identity_grant_by_project on identity_grant (project);
create index identity_grant_by_domain on identity_grant (domain);
create index identity_grant_by_role on identity_grant (role);
comment on table identity_grant is 'Who has which role where.';
comment on column identity_grant.user_id is 'Who.';
comment on column identity_grant.project is 'In which project; null: in a domain.';
comment on column identity_grant.domain is 'In which domain; null: in a project.';
comment on column identity_grant.role is 'Which role.';

create table identity_app_credential (
    id text primary key,
    user_id text not null references identity_user (id) on delete cascade,
    project text not null references identity_project (id) on delete cascade,
    name text not null,
    description text,
    secret_hash text not null,
    roles text[] not null,
    unrestricted boolean not null,
    expires_at timestamptz,
    constraint identity_app_credential_name unique (user_id, name)
);
create index identity_app_credential_by_project on identity_app_credential (project);
comment on table identity_app_credential is 'What programs log in with for their users.';
comment on column identity_app_credential.id is 'Identity.';
comment on column identity_app_credential.user_id is 'For whom.';
comment on column identity_app_credential.project is 'The only project that it is good for.';
comment on column identity_app_credential.name is 'Name for people.';
comment on column identity_app_credential.description is 'Text for people.';
comment on column identity_app_credential.secret_hash is 'Hash of its secret; the text says how it was made.';
comment on column identity_app_credential.roles is 'Ids of the roles that it may have, if its user still has them.';
comment on column identity_app_credential.unrestricted is 'Whether it may make others.';
comment on column identity_app_credential.expires_at is 'When it ends; null: never.';
