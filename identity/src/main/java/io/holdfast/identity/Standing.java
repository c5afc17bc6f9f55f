package io.holdfast.identity;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the directory has about a token, at one moment.
 *
 * @param user null when it is gone
 * @param userDomain null when it is gone
 * @param generation grows when the user's tokens end, as with a new password; those that were made before are not good any more
 * @param project of a token on a project; null when it is gone
 * @param domain of a token on a project or domain: the project's domain, or the domain; null when it is gone
 * @param granted the user's roles in the scope, as granted
 * @param appCredential the one that was shown; null when it is gone, or none was
 * @param known every role that there is
 * @param revoked whether the token was revoked
 */
public record Standing(
        @Nullable User user,
        @Nullable Domain userDomain,
        int generation,
        @Nullable Project project,
        @Nullable Domain domain,
        List<Role> granted,
        @Nullable AppCredential appCredential,
        List<Role> known,
        boolean revoked) {

    public Standing {
        granted = List.copyOf(granted);
        known = List.copyOf(known);
    }

    /** What is to be known of a token that is about to be made, or that is shown. */
    public record Question(
            String user,
            Scope scope,
            @Nullable String appCredential,
            @Nullable UUID audit) {}
}
