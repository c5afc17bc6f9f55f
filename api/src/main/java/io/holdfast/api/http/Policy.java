package io.holdfast.api.http;

import io.holdfast.api.ApiSettings.Role;
import java.util.Set;

/**
 * Who may do what, by operation of the contract. What is not named here is open to every token; that an owner's
 * operations touch only its own instances is a matter of the operations (another project's instance is not there).
 */
public final class Policy {

    private static final Set<String> ADMIN_ONLY = Set.of(
            // flavors and images are the operator's
            "createFlavor",
            "deleteFlavor",
            "addExtraSpecs",
            "setExtraSpec",
            "deleteExtraSpec",
            "listImageFiles",
            "createImage",
            "deleteImage",
            // so are hosts, by all of their names
            "listServices",
            "forceDownService",
            "enableService",
            "disableService",
            "disableServiceWithReason",
            "updateService",
            "listHypervisors",
            "listHypervisorsDetail",
            "showHypervisor",
            "listSegments",
            "showSegment",
            "listHosts",
            "showHost",
            "forceDownHost",
            "clearForceDown",
            "checkFencing",
            "powerOnHost",
            // a case names instances of all projects
            "listCases",
            "showCase",
            "retryCase",
            "abandonCase",
            // an order about a host or a segment concerns everybody on it
            "confirmHostDead",
            "startHostMaintenance",
            "endHostMaintenance",
            "releaseHost",
            "startSegmentMaintenance",
            "endSegmentMaintenance",
            "armSegment",
            "whatIf");

    private Policy() {}

    /** @throws ApiFault 403 when the caller's role does not allow the operation */
    public static void require(String operation, Caller caller) {
        if (caller.role() != Role.ADMIN && ADMIN_ONLY.contains(operation)) {
            throw new ApiFault(403, "Policy doesn't allow " + operation + " to be performed.");
        }
    }

    /** For tests: every name in the table must be in the contract. */
    static Set<String> adminOnly() {
        return ADMIN_ONLY;
    }
}
