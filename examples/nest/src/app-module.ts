import { Module } from '@nestjs/common';
import { ScimModule } from 'scimkit/nest';
import { DatabaseModule, DB } from './database-module.ts';
import { PeopleController } from './people-controller.ts';
import { createScim } from './scim.ts';

@Module({
  imports: [
    DatabaseModule,
    ScimModule.forRootAsync({ imports: [DatabaseModule], inject: [DB], useFactory: createScim }),
  ],
  controllers: [PeopleController],
})
export class AppModule {}
