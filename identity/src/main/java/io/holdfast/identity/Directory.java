package io.holdfast.identity;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the service keeps. Each call is one transaction; what it changed is on disk when it returns.
 *
 * <p>Every verb may throw an {@link IdentityException}: NOT_FOUND for an id that is not there, CONFLICT for a name that is taken,
 * INVALID for a value that cannot be kept, FORBIDDEN when there are too many of a kind, and for a change of what its options make
 * immutable; UNSUPPORTED for an option that cannot be kept true here; and a
 * {@link io.holdfast.store.StoreException} when the database fails.
 *
 * <p>Changes are by the names of components, with null where that is a value. {@code extra} and {@code options} are maps, and are merged
 * with what is there by {@link io.holdfast.identity.core.ExtraRule} and {@link io.holdfast.identity.core.OptionRule}.
 */
public interface Directory {

    /** Null for what a list is not to be limited by. */
    record Filter(
            @Nullable String domain,
            @Nullable String name,
            @Nullable Boolean enabled) {
        public static final Filter ALL = new Filter(null, null, null);
    }

    List<Domain> domains(Filter filter);

    Optional<Domain> domain(String id);

    Optional<Domain> domainNamed(String name);

    /** @param wanted its id is not looked at */
    Domain addDomain(Domain wanted);

    Domain changeDomain(String id, Map<String, @Nullable Object> changes);

    /** With all that is in it; refused (FORBIDDEN) while it is enabled, and for the default domain. */
    void deleteDomain(String id);

    List<Project> projects(Filter filter);

    /** Those in which the user has a role, and that are enabled. */
    List<Project> projectsOf(String user);

    /** Those in which the user has a role, and that are enabled. */
    List<Domain> domainsOf(String user);

    Optional<Project> project(String id);

    Optional<Project> projectNamed(String domain, String name);

    /** @param wanted its id is not looked at */
    Project addProject(Project wanted);

    Project changeProject(String id, Map<String, @Nullable Object> changes);

    /** @param change gets the tags that it has, returns those that it shall have; may throw */
    Project changeTags(String id, UnaryOperator<List<String>> change);

    void deleteProject(String id);

    List<User> users(Filter filter);

    Optional<User> user(String id);

    Optional<User> userNamed(String domain, String name);

    /** @param passwordHash null for a user who cannot log in with a password */
    User addUser(User wanted, @Nullable String passwordHash);

    /** Ends the user's tokens when it is disabled. */
    User changeUser(String id, Map<String, @Nullable Object> changes);

    /** Ends the user's tokens. */
    void setPassword(String user, String passwordHash);

    /** The hash, or empty when the user is gone or has none. */
    Optional<String> passwordHash(String user);

    void deleteUser(String id);

    List<Role> roles(@Nullable String name);

    Optional<Role> role(String id);

    /** @param wanted its id is not looked at */
    Role addRole(Role wanted);

    /** The roles that have a meaning here keep their names (FORBIDDEN). */
    Role changeRole(String id, Map<String, @Nullable Object> changes);

    void deleteRole(String id);

    /** Nothing when the user has it already. */
    void grant(Grant grant);

    /** NOT_FOUND when the user does not have it. */
    void withdraw(Grant grant);

    /** Null for what is not to be limited by. */
    List<Grant> grants(@Nullable String user, Scope.@Nullable Target target, @Nullable String role);

    List<AppCredential> appCredentials(String user);

    Optional<AppCredential> appCredential(String id);

    Optional<AppCredential> appCredentialNamed(String user, String name);

    Optional<String> appCredentialHash(String id);

    AppCredential addAppCredential(AppCredential wanted, String secretHash);

    void deleteAppCredential(String user, String id);

    /** What is known of a token, read in one transaction. */
    Standing standing(Standing.Question question);
}
