package io.holdfast.server;

import io.holdfast.fencing.FencingException;
import io.holdfast.lab.LabException;
import io.holdfast.secrets.SecretException;
import io.holdfast.server.cli.CommandFailure;
import io.holdfast.server.cli.ExitCode;
import io.holdfast.server.pki.PkiException;
import io.holdfast.slot.SlotException;
import io.holdfast.store.StateDirectoryInUse;
import io.holdfast.store.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;

/**
 * Turns what the world does to a command into a message without a stack trace: it is the operator's business, not ours.
 * What is not in this table is a defect of Holdfast, and is shown as one.
 */
public final class KnownFailures {

    private KnownFailures() {}

    /** The same failure as something to tell, or the failure itself when it is not in the table. */
    public static Exception translated(Exception failure) {
        return switch (failure) {
            case StateDirectoryInUse e -> failure(ExitCode.CONFLICT, e, "");
            case StoreException e -> failure(ExitCode.FAILED, e, "");
            case LabException e -> failure(ExitCode.FAILED, e, "");
            case FencingException e -> failure(ExitCode.FAILED, e, "");
            case SlotException e -> failure(ExitCode.FAILED, e, "");
            case SecretException e -> failure(ExitCode.FAILED, e, "");
            case PkiException e -> failure(ExitCode.FAILED, e, "");
            case IllegalArgumentException e -> failure(ExitCode.USAGE, e, "");
            case BindException e ->
                failure(ExitCode.CONFLICT, e, "another process listens there; stop it, or choose another port");
            case UncheckedIOException e ->
                new CommandFailure(ExitCode.FAILED, e.getMessage() + ": " + e.getCause(), "", e);
            case IOException e -> new CommandFailure(ExitCode.FAILED, e.toString(), "", e);
            case IllegalStateException e
            when e.getCause() instanceof IOException cause ->
                new CommandFailure(ExitCode.FAILED, e.getMessage() + " (" + cause.getMessage() + ")", "", e);
            default -> failure;
        };
    }

    private static CommandFailure failure(ExitCode code, Exception e, String advice) {
        return new CommandFailure(code, String.valueOf(e.getMessage()), advice, e);
    }
}
