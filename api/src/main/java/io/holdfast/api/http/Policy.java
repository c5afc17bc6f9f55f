package io.holdfast.api.http;

import io.holdfast.api.ApiSettings.Role;
import java.util.Set;

/**
 * Who may do what in one API, by operation of its contract. What is not named is open to every token; that an owner's
 * operations touch only its own instances is a matter of the operations (another project's instance is not there).
 *
 * @param adminOnly the operations that need the role admin
 */
public record Policy(Set<String> adminOnly) {

    public Policy {
        adminOnly = Set.copyOf(adminOnly);
    }

    /** @throws ApiFault 403 when the caller's role does not allow the operation */
    public void require(String operation, Caller caller) {
        if (caller.role() != Role.ADMIN && adminOnly.contains(operation)) {
            throw new ApiFault(403, "Policy doesn't allow " + operation + " to be performed.");
        }
    }
}
