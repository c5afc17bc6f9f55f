package io.holdfast.fencing.ipmi.core;

import io.holdfast.fencing.ipmi.core.Outcome.Failed;
import io.holdfast.fencing.ipmi.rmcp.Completion;
import io.holdfast.fencing.ipmi.rmcp.Status;

/** What the numbers by which a device says no mean for us. */
final class Refusals {

    private Refusals() {}

    /** Whether a status means "not now", and not "no". */
    static boolean busyStatus(int status) {
        return status == Status.NO_RESOURCES || status == Status.NO_RESOURCES_FOR_ROLE;
    }

    /** Whether a status means that the device knows nothing of this handshake any more. */
    static boolean lostStatus(int status) {
        return status == Status.INVALID_SESSION || status == Status.INACTIVE_SESSION;
    }

    /** A status of the handshake that no repetition will change. */
    static Failed ofStatus(int status, Login login) {
        return switch (status) {
            case Status.INVALID_AUTHENTICATION,
                    Status.INVALID_INTEGRITY,
                    Status.NO_AUTHENTICATION,
                    Status.NO_INTEGRITY,
                    Status.INVALID_CONFIDENTIALITY,
                    Status.NO_SUITE ->
                new Failed(
                        Trouble.WRONG_SUITE,
                        "the device does not offer suite " + login.suite().number() + status(status));
            case Status.INVALID_ROLE, Status.UNAUTHORIZED_ROLE ->
                new Failed(
                        Trouble.PRIVILEGE,
                        "user '" + login.user() + "' may not be " + login.privilege() + status(status));
            case Status.UNAUTHORIZED_NAME, Status.INVALID_NAME_LENGTH ->
                new Failed(Trouble.WRONG_USER, "the device knows no user '" + login.user() + "'" + status(status));
            case Status.INVALID_CHECK ->
                new Failed(
                        Trouble.WRONG_PASSWORD,
                        "the device does not accept the proof of user '" + login.user() + "'" + status(status));
            default -> new Failed(Trouble.REFUSED, "the login" + status(status));
        };
    }

    private static String status(int status) {
        return " (status 0x%02x)".formatted(status);
    }

    /** Whether a completion code means "not now": the command was not carried out. */
    static boolean busyCompletion(int code) {
        return code == Completion.NODE_BUSY || code == Completion.OUT_OF_SPACE || code == Completion.INITIALIZING;
    }

    /** Whether a completion code leaves open what came of the command. */
    static boolean unclearCompletion(int code) {
        return code == Completion.TIMEOUT || code == Completion.NO_RESPONSE_POSSIBLE;
    }

    /**
     * A completion code that no repetition will change.
     *
     * @param what the command, for people
     */
    static Failed ofCompletion(int code, String what, Login login) {
        String number = " (completion code 0x%02x)".formatted(code);
        return switch (code) {
            case Completion.INSUFFICIENT_PRIVILEGE ->
                new Failed(Trouble.PRIVILEGE, login.privilege() + " is not enough for " + what + number);
            case Completion.PRIVILEGE_NOT_FOR_USER, Completion.PRIVILEGE_ABOVE_LIMIT ->
                new Failed(Trouble.PRIVILEGE, "user '" + login.user() + "' may not be " + login.privilege() + number);
            default -> new Failed(Trouble.REFUSED, what + number);
        };
    }
}
