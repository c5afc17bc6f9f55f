package io.holdfast.identity;

/** For what a token is good. */
public sealed interface Scope {

    /** For nothing yet, but to ask for a token with a scope. */
    record Unscoped() implements Scope {}

    /** What a role can be given in. */
    sealed interface Target extends Scope {
        String id();
    }

    record OnProject(String id) implements Target {}

    record OnDomain(String id) implements Target {}
}
