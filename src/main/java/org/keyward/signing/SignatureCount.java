package org.keyward.signing;

/** What signatures are counted by. */
public record SignatureCount(String tokenSerial, String label, boolean done) {}
