package io.holdfast.api.http;

import io.holdfast.api.ApiSettings.Role;
import io.holdfast.model.Actor;
import io.holdfast.model.ProjectId;
import org.jspecify.annotations.Nullable;

/** Who calls, as its token says. */
public record Caller(String name, Role role, ProjectId project) {

    public boolean isAdmin() {
        return role == Role.ADMIN;
    }

    /** Whether it may see what belongs to this project (null: to operators only). */
    public boolean mayKnow(@Nullable ProjectId owner) {
        return isAdmin() || project.equals(owner);
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
