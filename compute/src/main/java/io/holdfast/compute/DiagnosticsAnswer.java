package io.holdfast.compute;

/** What came of asking a home for a guest's figures. */
public sealed interface DiagnosticsAnswer {

    record Known(Diagnostics figures) implements DiagnosticsAnswer {}

    /** It cannot be known now. */
    record Unknown(String reason) implements DiagnosticsAnswer {}
}
