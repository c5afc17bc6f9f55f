package io.holdfast.identity;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a program shows instead of its user's password.
 *
 * @param project the only one that it is good for
 * @param roles ids of roles that the user had there when it was made; one that was taken back since is not had
 * @param unrestricted whether the program may make and delete application credentials itself
 * @param expiresAt null for never
 */
public record AppCredential(
        String id,
        String user,
        String project,
        String name,
        @Nullable String description,
        List<String> roles,
        boolean unrestricted,
        @Nullable Instant expiresAt) {

    public AppCredential {
        roles = List.copyOf(roles);
    }
}
