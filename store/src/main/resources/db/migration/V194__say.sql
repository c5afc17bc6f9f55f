alter table server_group
    add column say_within_seconds int check (say_within_seconds between 1 and 600),
    add column say_otherwise text check (say_otherwise in ('RECOVER', 'LEAVE', 'STOPPED')),
    add constraint server_group_say_is_whole check ((say_within_seconds is null) = (say_otherwise is null));
comment on column server_group.say_within_seconds is 'How long the answer of a member''s consumer is waited for when its host has failed; null: nobody is asked.';
comment on column server_group.say_otherwise is 'What is done about a member when nobody has answered by then.';
