package io.holdfast.identity;

import java.time.Instant;
import java.util.Set;

/**
 * Who a good token stands for now.
 *
 * @param roles names of roles in the scope, with those that they imply
 * @param expiresAt after this it is not good any more
 * @param restricted whether it is a program's that may not make application credentials
 */
public record Bearer(
        String userId, String userName, Scope scope, Set<String> roles, Instant expiresAt, boolean restricted) {

    public Bearer {
        roles = Set.copyOf(roles);
    }
}
