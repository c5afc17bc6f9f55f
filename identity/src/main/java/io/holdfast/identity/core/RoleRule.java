package io.holdfast.identity.core;

import io.holdfast.identity.AppCredential;
import io.holdfast.identity.Role;
import io.holdfast.identity.Standing;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which roles somebody has who was given some: admin implies member, and member implies reader. */
public final class RoleRule {

    public static final String ADMIN = "admin";
    public static final String MEMBER = "member";
    public static final String READER = "reader";

    /** Those that have a meaning here, the mightiest first. */
    public static final List<String> KNOWN = List.of(ADMIN, MEMBER, READER);

    private static final Map<String, List<String>> IMPLIED =
            Map.of(ADMIN, List.of(MEMBER, READER), MEMBER, List.of(READER));

    private RoleRule() {}

    /** The same with those that they imply, without repetition. */
    public static List<Role> effective(Collection<Role> roles, Collection<Role> known) {
        Set<String> names = expanded(roles.stream().map(Role::name).toList());
        return known.stream().filter(role -> names.contains(role.name())).toList();
    }

    /** The names of those that a role implies directly or through others. */
    public static List<String> impliedBy(String role) {
        return IMPLIED.getOrDefault(role, List.of());
    }

    /** Names, with those that they imply. */
    public static Set<String> expanded(Collection<String> names) {
        Set<String> all = new LinkedHashSet<>(names);
        names.forEach(name -> all.addAll(impliedBy(name)));
        return all;
    }

    /**
     * The roles of a token, without those that they imply: what was granted, and of an application credential's only what its user still
     * has, itself or because another role implies it.
     */
    public static List<Role> had(Standing standing) {
        AppCredential credential = standing.appCredential();
        if (credential == null) {
            return standing.granted();
        }
        Set<String> names = expanded(standing.granted().stream().map(Role::name).toList());
        return standing.known().stream()
                .filter(role -> credential.roles().contains(role.id()) && names.contains(role.name()))
                .toList();
    }
}
