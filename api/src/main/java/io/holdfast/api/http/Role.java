package io.holdfast.api.http;

/** What a caller may do in the project of its token; each may do all that those before it may. */
public enum Role {
    /** Nothing there: a token without a project, or a user who has only roles that mean nothing here. */
    NONE,
    /** See what is in the project, and change nothing. */
    READER,
    /** Work with what is in the project. */
    MEMBER,
    /** Everything, in every project. */
    ADMIN;

    public boolean covers(Role needed) {
        return compareTo(needed) >= 0;
    }
}
