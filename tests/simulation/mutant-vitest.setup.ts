import { configureGlobal } from 'fast-check';

// That a test fails is all that is asked: to look for the smallest failure would take it minutes.
configureGlobal({ endOnFailure: true });
