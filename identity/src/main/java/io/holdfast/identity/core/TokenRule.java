package io.holdfast.identity.core;

import io.holdfast.identity.AppCredential;
import io.holdfast.identity.Claims;
import io.holdfast.identity.Domain;
import io.holdfast.identity.Project;
import io.holdfast.identity.Role;
import io.holdfast.identity.Scope;
import io.holdfast.identity.Standing;
import io.holdfast.identity.User;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When a token is good: it has not expired and was not revoked; its user, the user's domain, and the project or domain that it is for are there
 * and enabled; the user has at least one role there; the application credential, if one was shown, is there and has not expired; and the
 * user's password was not changed after it was made.
 */
public final class TokenRule {

    private TokenRule() {}

    /** @param had the roles that {@link RoleRule#had} finds */
    public static boolean isGood(Claims claims, Standing standing, List<Role> had, Instant now) {
        return now.isBefore(claims.expiresAt())
                && !standing.revoked()
                && claims.generation() == standing.generation()
                && mayLogIn(standing)
                && (claims.appCredential() == null || isAlive(standing.appCredential(), claims, now))
                && mayEnter(claims.scope(), standing, had);
    }

    /** Whether the user is there and enabled, and its domain too. */
    public static boolean mayLogIn(Standing standing) {
        User user = standing.user();
        Domain domain = standing.userDomain();
        return user != null && user.enabled() && domain != null && domain.enabled();
    }

    /** Whether the user has anything there. */
    public static boolean mayEnter(Scope scope, Standing standing, List<Role> had) {
        Project project = standing.project();
        Domain domain = standing.domain();
        return switch (scope) {
            case Scope.Unscoped() -> true;
            case Scope.OnProject _ ->
                project != null && project.enabled() && domain != null && domain.enabled() && !had.isEmpty();
            case Scope.OnDomain _ -> domain != null && domain.enabled() && !had.isEmpty();
        };
    }

    private static boolean isAlive(@Nullable AppCredential credential, Claims claims, Instant now) {
        return credential != null
                && credential.user().equals(claims.user())
                && claims.scope().equals(new Scope.OnProject(credential.project()))
                && (credential.expiresAt() == null || now.isBefore(credential.expiresAt()));
    }
}
