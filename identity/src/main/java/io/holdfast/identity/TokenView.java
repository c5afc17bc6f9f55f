package io.holdfast.identity;

import java.util.List;

/**
 * All about a good token, as its owner or an administrator is told.
 *
 * @param roles with those that they imply
 */
public record TokenView(Claims claims, Standing standing, List<Role> roles) {

    public TokenView {
        roles = List.copyOf(roles);
    }
}
