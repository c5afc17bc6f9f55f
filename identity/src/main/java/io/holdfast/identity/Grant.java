package io.holdfast.identity;

/** A user has a role somewhere. */
public record Grant(String user, Scope.Target target, String role) {}
