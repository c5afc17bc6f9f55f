package io.holdfast.identity.core;

import io.holdfast.identity.IdentityException;
import io.holdfast.identity.IdentityException.Kind;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keystone's options of a resource: which there are, what they forbid, and how a change meets what is kept.
 *
 * <p><b>Rules</b> are Keystone's ({@code keystone/common/resource_options} and {@code keystone/identity/backends/resource_options.py}): an
 * option is true or false; null takes it away; what a change does not name stays. While {@link #IMMUTABLE} is true, nothing is changed
 * or deleted (FORBIDDEN), but for a change that takes that away and does nothing else.
 *
 * <p>Three options of users exempt from rules that there are not here, so they have no effect and are kept; {@code multi_factor_auth_enabled}
 * would be a promise that no login here keeps, and is refused. Pure.
 */
public final class OptionRule {

    public static final String IMMUTABLE = "immutable";

    /** Its owner cannot change its password; an administrator can. */
    public static final String LOCK_PASSWORD = "lock_password";

    private static final String SEVERAL_FACTORS = "multi_factor_auth_enabled";
    private static final String FACTORS = "multi_factor_auth_rules";

    /** What projects, domains and roles may have. */
    public static final Set<String> OF_RESOURCES = Set.of(IMMUTABLE);

    /** What users may have. */
    public static final Set<String> OF_USERS = Set.of(
            LOCK_PASSWORD,
            SEVERAL_FACTORS,
            FACTORS,
            "ignore_change_password_upon_first_use",
            "ignore_password_expiry",
            "ignore_lockout_failure_attempts",
            "ignore_user_inactivity");

    private OptionRule() {}

    /**
     * @param known the options that there are of such a resource
     * @throws IdentityException INVALID for an option that there is not, or that is neither true nor false; UNSUPPORTED for more than one
     *     factor of a login
     */
    public static Map<String, @Nullable Object> merged(
            Map<String, @Nullable Object> there, Map<String, @Nullable Object> change, Set<String> known) {
        Map<String, @Nullable Object> merged = new LinkedHashMap<>(there);
        change.forEach((name, value) -> {
            if (!known.contains(name)) {
                throw new IdentityException(
                        Kind.INVALID,
                        "Invalid input for field/attribute options. There is no option '" + name + "' here.");
            }
            requireValue(name, value);
            if (value == null) {
                merged.remove(name);
            } else {
                merged.put(name, value);
            }
        });
        return Collections.unmodifiableMap(merged);
    }

    private static void requireValue(String name, @Nullable Object value) {
        if (name.equals(FACTORS)) {
            if (value != null && !(value instanceof List<?>)) {
                throw new IdentityException(
                        Kind.INVALID, "Invalid input for field/attribute options. " + name + " must be a list.");
            }
            if (value instanceof List<?> rules && !rules.isEmpty()) {
                throw severalFactors();
            }
            return;
        }
        if (value != null && !(value instanceof Boolean)) {
            throw new IdentityException(
                    Kind.INVALID,
                    "Invalid input for field/attribute options. " + name + " must be true, false or null.");
        }
        if (name.equals(SEVERAL_FACTORS) && Boolean.TRUE.equals(value)) {
            throw severalFactors();
        }
    }

    private static IdentityException severalFactors() {
        return new IdentityException(Kind.UNSUPPORTED, "A login here has one factor; it cannot be asked for more.");
    }

    public static boolean isSet(Map<String, @Nullable Object> options, String name) {
        return Boolean.TRUE.equals(options.get(name));
    }

    /**
     * @param what the kind of resource, for the message
     * @param change by the names of its components
     * @throws IdentityException FORBIDDEN while it is immutable
     */
    public static void requireChangeable(
            String what, String id, Map<String, @Nullable Object> options, Map<String, @Nullable Object> change) {
        if (!isSet(options, IMMUTABLE)) {
            return;
        }
        boolean ends = change.keySet().equals(Set.of("options"))
                && change.get("options") instanceof Map<?, ?> wanted
                && wanted.containsKey(IMMUTABLE)
                && !Boolean.TRUE.equals(wanted.get(IMMUTABLE));
        if (!ends) {
            throw new IdentityException(
                    Kind.FORBIDDEN,
                    "Unable to update immutable " + what + " resource: " + id
                            + ". Set resource option \"immutable\" to false first.");
        }
    }

    /** @throws IdentityException FORBIDDEN while it is immutable */
    public static void requireDeletable(String what, String id, Map<String, @Nullable Object> options) {
        if (isSet(options, IMMUTABLE)) {
            throw new IdentityException(
                    Kind.FORBIDDEN,
                    "Unable to delete immutable " + what + " resource: " + id
                            + ". Set resource option \"immutable\" to false first.");
        }
    }
}
