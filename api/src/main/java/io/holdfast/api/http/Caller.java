package io.holdfast.api.http;

import io.holdfast.identity.Bearer;
import io.holdfast.identity.Scope;
import io.holdfast.model.Actor;
import io.holdfast.model.ProjectId;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who calls, as its token says.
 *
 * @param user its id in the identity service; of a token of the settings its name
 * @param name as it is written into journals
 * @param project whose things it works with; for a token without a project {@link #NO_PROJECT}
 * @param bearer what the identity service says of the token; null for a token of the settings
 */
public record Caller(
        String user,
        String name,
        Role role,
        ProjectId project,
        @Nullable Bearer bearer) {

    /** Nothing belongs to it: ids of projects are made by the identity service, and the settings refuse this one. */
    public static final ProjectId NO_PROJECT = ProjectId.of("none");

    /** Who asks for something that is open to everybody. */
    public static final Caller NOBODY = new Caller("nobody", "nobody", Role.NONE, NO_PROJECT, null);

    /** The owner of a token of the settings. */
    public static Caller ofSettings(String name, Role role, ProjectId project) {
        return new Caller(name, name, role, project, null);
    }

    /** The owner of a token of the identity service. */
    static Caller of(Bearer bearer) {
        return new Caller(
                bearer.userId(),
                bearer.userName(),
                role(bearer.roles()),
                bearer.scope() instanceof Scope.OnProject(String id) ? ProjectId.of(id) : NO_PROJECT,
                bearer);
    }

    private static Role role(Set<String> names) {
        Role best = Role.NONE;
        for (Role role : Role.values()) {
            if (names.contains(role.name().toLowerCase(Locale.ROOT))) {
                best = role;
            }
        }
        return best;
    }

    public boolean isAdmin() {
        return role == Role.ADMIN;
    }

    public boolean hasProject() {
        return !project.equals(NO_PROJECT);
    }

    /** Whether it may see what belongs to this project (null: to operators only). */
    public boolean mayKnow(@Nullable ProjectId owner) {
        return isAdmin() || (hasProject() && project.equals(owner));
    }

    /** The project to which its view is limited, or null when it sees all. */
    public @Nullable ProjectId scope() {
        return isAdmin() ? null : project;
    }

    /** As it is written into journals. */
    public Actor actor() {
        return new Actor(name, "api");
    }
}
