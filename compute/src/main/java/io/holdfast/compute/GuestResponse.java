package io.holdfast.compute;

/** What becomes of a guest that has failed. */
public enum GuestResponse {
    /** It is begun anew on the same host. */
    RESTARTED,
    /** Its owner is told, and it is left as it is. */
    TOLD,
    /** It would have been begun anew, and was too often already: a human is asked. */
    GIVEN_UP
}
