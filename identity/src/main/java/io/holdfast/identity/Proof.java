package io.holdfast.identity;

import org.jspecify.annotations.Nullable;

/** What somebody shows to say who they are. Never printed: it holds secrets. */
public sealed interface Proof {

    /** A domain by id or by name; of the two, the id counts. */
    record DomainRef(@Nullable String id, @Nullable String name) {}

    /** A user by id, or by name and domain. */
    record UserRef(
            @Nullable String id,
            @Nullable String name,
            @Nullable DomainRef domain) {}

    record Password(UserRef user, String password) implements Proof {
        @Override
        public String toString() {
            return "password of " + user;
        }
    }

    /** An application credential by id, or by name and user. */
    record Application(
            @Nullable String id,
            @Nullable String name,
            @Nullable UserRef user,
            String secret) implements Proof {
        @Override
        public String toString() {
            return "application credential " + id + " " + name + " of " + user;
        }
    }

    record OldToken(String token) implements Proof {
        @Override
        public String toString() {
            return "token";
        }
    }

    /** For what the new token is to be. */
    sealed interface Wish {

        /** The user's default project, if it has one and may; else nothing. */
        record Usual() implements Wish {}

        record Nothing() implements Wish {}

        record ForProject(
                @Nullable String id,
                @Nullable String name,
                @Nullable DomainRef domain) implements Wish {}

        record ForDomain(DomainRef domain) implements Wish {}
    }
}
